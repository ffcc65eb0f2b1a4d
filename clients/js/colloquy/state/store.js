// A value that changes as a whole, and who listens to that. Listeners are told at most once per animation frame, by the schedule
// they share (batch.js); get() is always the newest. One that throws harms no other.

/**
 * @template T
 */
export class Store {
  #value
  #schedule
  #failed
  /** @type {readonly {fn: () => void, on: boolean}[]} */
  #listeners = []
  #asked = false

  /**
   * @param {T} value
   * @param {(flush: () => void) => void} schedule
   * @param {(error: unknown) => void} failed
   */
  constructor(value, schedule, failed) {
    this.#value = value
    this.#schedule = schedule
    this.#failed = failed
  }

  get value() {
    return this.#value
  }

  /** @param {T} value */
  set(value) {
    if (value === this.#value) return
    this.#value = value
    if (this.#asked || this.#listeners.length === 0) return
    this.#asked = true
    this.#schedule(() => this.tell())
  }

  /** Tells the listeners now, if there is something to tell. */
  tell() {
    if (!this.#asked) return
    this.#asked = false
    for (const entry of this.#listeners) {
      if (!entry.on) continue
      try {
        entry.fn()
      } catch (error) {
        this.#failed(error)
      }
    }
  }

  /**
   * @param {() => void} fn
   * @returns {() => void}
   */
  subscribe(fn) {
    if (typeof fn !== 'function') throw new TypeError('a listener must be a function')
    const entry = { fn, on: true }
    this.#listeners = [...this.#listeners, entry]
    return () => {
      entry.on = false
      this.#listeners = this.#listeners.filter((other) => other !== entry)
    }
  }
}
