// What attempts that ask by REST, instead of holding a socket, have in common: they say nothing themselves, and end with the first
// request that fails.

import { closeBy } from './events.js'

/** @import { Attempt, AttemptEvents } from './socket.js' */

/** @implements {Attempt} */
export class Asking {
  #control = new AbortController()

  /** Aborted when it is over. */
  get signal() {
    return this.#control.signal
  }

  send() {
    return false
  }

  close() {
    this.#control.abort()
  }

  check() {}

  /**
   * For those that extend it: does the asking, and tells what ended it.
   * @param {AttemptEvents} events
   * @param {(unexpected: unknown) => void} report
   * @param {() => Promise<void>} work
   */
  async run(events, report, work) {
    try {
      await work()
    } catch (error) {
      if (this.signal.aborted) return
      this.close()
      closeBy(error, events, report)
    }
  }
}
