// Frames out, no faster than the server takes them: what is over its limit it discards, and many discarded frames end a socket.
// The limits stay below the server's (20 a second, 40 at once), since its clock and ours run apart.

/** @import { Environment } from './environment.js' */

const A_SECOND = 15
const AT_ONCE = 30
/** Signals are worth less with every moment: beyond this they are dropped. Everything else waits. */
const WAITING = 200

export class Pace {
  #env
  #send
  #left = AT_ONCE
  #at
  /** @type {string[]} */
  #waiting = []
  /** @type {any} */
  #timer = null

  /**
   * @param {Environment} env
   * @param {(text: string) => void} send
   */
  constructor(env, send) {
    this.#env = env
    this.#send = send
    this.#at = env.now()
  }

  /**
   * @param {string} text
   * @param {boolean} signal
   */
  send(text, signal) {
    if (signal && this.#waiting.length >= WAITING) return
    this.#waiting.push(text)
    if (this.#timer === null) this.#flush()
  }

  stop() {
    this.#env.timers.clearTimeout(this.#timer)
    this.#waiting = []
  }

  #flush() {
    this.#timer = null
    const now = this.#env.now()
    this.#left = Math.min(AT_ONCE, this.#left + Math.max(0, (now - this.#at) / 1000) * A_SECOND)
    this.#at = now
    while (this.#waiting.length > 0) {
      if (this.#left < 1) {
        this.#timer = this.#env.timers.setTimeout(() => this.#flush(), 1000 / A_SECOND)
        return
      }
      this.#left -= 1
      this.#send(/** @type {string} */ (this.#waiting.shift()))
    }
  }
}
