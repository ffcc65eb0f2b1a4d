// A value that changes as a whole, and who listens to that. Listeners are told at most once per animation frame, by the schedule
// they share (batch.js); what they read is always the newest. One that throws harms no other.

/**
 * @template {{book: unknown}} T  `book`: what the reducers remember, and nobody else sees.
 */
export class Store {
  #value
  /** What of the value is shown, and of which. @type {{of: T, view: Omit<T, 'book'>} | null} */
  #shown = null
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

  /** The value without its book: the same object as long as nothing changes. @returns {Omit<T, 'book'>} */
  get view() {
    if (this.#shown?.of !== this.#value) {
      const { book: _, ...view } = this.#value
      this.#shown = { of: this.#value, view }
    }
    return this.#shown.view
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
