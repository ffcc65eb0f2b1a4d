// Listeners by type. Lists are copied when they change, never when something is emitted, so that a burst costs no allocation and
// a listener may come or go in the middle of one. What a listener throws reaches neither its neighbours nor the emitter.

/** @typedef {{fn: (value: any) => unknown, on: boolean}} Entry */

export class Emitter {
  /** @type {Map<string, readonly Entry[]>} */
  #lists = new Map()
  #failed

  /** @param {(error: unknown, type: string) => void} failed what to do with an error of a listener */
  constructor(failed) {
    this.#failed = failed
  }

  /**
   * @param {string} type
   * @param {(value: any) => unknown} fn
   * @returns {() => void}
   */
  on(type, fn) {
    if (typeof fn !== 'function') throw new TypeError('a listener must be a function')
    const entry = { fn, on: true }
    this.#lists.set(type, [...(this.#lists.get(type) ?? []), entry])
    return () => {
      if (!entry.on) return
      entry.on = false
      const left = (this.#lists.get(type) ?? []).filter((other) => other !== entry)
      if (left.length > 0) this.#lists.set(type, left)
      else this.#lists.delete(type)
    }
  }

  /** @param {string} type */
  has(type) {
    return this.#lists.has(type)
  }

  /**
   * @param {string} type
   * @param {unknown} value
   */
  emit(type, value) {
    const list = this.#lists.get(type)
    if (list === undefined) return
    for (let index = 0; index < list.length; index += 1) {
      const entry = list[index]
      // It may have been taken away by one before it.
      if (!entry.on) continue
      try {
        const returned = /** @type {any} */ (entry.fn(value))
        if (typeof returned?.then === 'function') returned.then(undefined, (/** @type {unknown} */ error) => this.#failed(error, type))
      } catch (error) {
        this.#failed(error, type)
      }
    }
  }

  clear() {
    for (const list of this.#lists.values()) for (const entry of list) entry.on = false
    this.#lists.clear()
  }
}
