// Bursts in pages: what arrives between two animation frames is handed out in one go, in order. A hidden page has no animation
// frames, so a time-out stands in; it also stands by for a page that is hidden after the frame was asked for.

/** @import { Environment } from './environment.js' */

/** A hidden page's timers may be rarer; nobody looks. */
const STAND_IN = 200

export class Batch {
  #env
  #enabled
  #failed
  /** @type {Array<() => void>} */
  #due = []
  /** @type {number | null} */
  #frame = null
  /** @type {any} */
  #timer = null

  /**
   * @param {Environment} env
   * @param {boolean} enabled
   * @param {(error: unknown) => void} failed
   */
  constructor(env, enabled, failed) {
    this.#env = env
    this.#enabled = enabled
    this.#failed = failed
  }

  get enabled() {
    return this.#enabled
  }

  /**
   * Calls `flush` with the next animation frame. To be asked once for many things.
   * @param {() => void} flush
   */
  ask(flush) {
    this.#due.push(flush)
    if (this.#due.length > 1) return
    const run = () => this.#run()
    if (this.#env.page.frames && !this.#env.page.hidden) this.#frame = globalThis.requestAnimationFrame(run)
    this.#timer = this.#env.timers.setTimeout(run, this.#frame === null ? 0 : STAND_IN)
  }

  #run() {
    if (this.#frame !== null) globalThis.cancelAnimationFrame(this.#frame)
    if (this.#timer !== null) this.#env.timers.clearTimeout(this.#timer)
    this.#frame = this.#timer = null
    const due = this.#due
    this.#due = []
    for (const flush of due) {
      try {
        flush()
      } catch (error) {
        // The others have nothing to do with it.
        this.#failed(error)
      }
    }
  }
}
