// When a load is tried again: at once the first time, then after pauses that grow, until one was good.

/** @import { Timers } from '../environment.js' */

/** Milliseconds. */
const FIRST = 1_000
const LAST = 30_000

export class Retry {
  #timers
  #load
  /** @type {any} */
  #timer = null
  #wait = 0

  /**
   * @param {Timers} timers
   * @param {() => Promise<void>} load
   */
  constructor(timers, load) {
    this.#timers = timers
    this.#load = load
  }

  /** Resolves when what is done at once is done. @returns {Promise<void>} */
  soon() {
    const wait = this.#wait
    this.#wait = Math.min(wait * 2 || FIRST, LAST)
    this.stop()
    if (wait === 0) return this.#load()
    this.#timer = this.#timers.setTimeout(() => this.#load(), wait)
    return Promise.resolve()
  }

  /** Never at once. */
  later() {
    this.#wait ||= FIRST
    void this.soon()
  }

  good() {
    this.#wait = 0
  }

  stop() {
    this.#timers.clearTimeout(this.#timer)
  }
}
