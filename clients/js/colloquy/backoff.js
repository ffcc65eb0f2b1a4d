// How long to wait before the next attempt: between nothing and a ceiling that doubles, so that many clients that lost the same
// server do not come back together. Pure but for the random number handed in.

/** @typedef {{min: number, max: number, attempts: number, healthy: number}} BackoffOptions */

/** @type {Readonly<BackoffOptions>} */
export const BACKOFF = Object.freeze({ min: 500, max: 30_000, attempts: Infinity, healthy: 5_000 })

export class Backoff {
  #options
  #random
  /** Attempts that failed since the last healthy connection. */
  failures = 0

  /**
   * @param {BackoffOptions} options
   * @param {() => number} random
   */
  constructor(options, random) {
    this.#options = options
    this.#random = random
  }

  /** Counts a failure; the milliseconds to wait, or null when there were enough. */
  next() {
    const { min, max, attempts } = this.#options
    if (this.failures >= attempts) return null
    // 2 ** 1023 is the last power that is a number.
    const ceiling = Math.min(max, min * 2 ** Math.min(this.failures, 1000))
    this.failures += 1
    return Math.round(this.#random() * ceiling)
  }

  reset() {
    this.failures = 0
  }
}
