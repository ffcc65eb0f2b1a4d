// Signs of life of one socket: a `ping` every while, the latency from its `pong`, and the verdict that the other side is gone when
// nothing at all came for too long. A timer that comes late (a hidden tab, a laptop that slept) accuses nobody: it asks again.

/** @import { Environment } from './environment.js' */

/** @typedef {{interval: number, timeout: number}} HeartbeatOptions */

/** @type {Readonly<HeartbeatOptions>} */
export const HEARTBEAT = Object.freeze({ interval: 15_000, timeout: 10_000 })

/** How late a timer may be before it counts as "we were asleep". */
const LATE = 2_000

export class Heartbeat {
  #env
  #options
  #parts
  /** @type {any} */
  #timer = null
  /** When the present timer should ring. */
  #due = 0
  /** When the ping that is out was sent; null: none is. @type {number | null} */
  #sent = null
  #id = 0
  #heard = 0

  /**
   * @param {Environment} env
   * @param {HeartbeatOptions} options
   * @param {{ping: (id: string) => void, latency: (ms: number, serverTime: string) => void, dead: () => void}} parts
   */
  constructor(env, options, parts) {
    this.#env = env
    this.#options = options
    this.#parts = parts
  }

  start() {
    this.#ping(this.#options.timeout)
  }

  stop() {
    this.#env.timers.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Something came. Called for every frame: no more than a note. */
  heard() {
    this.#heard = this.#env.now()
  }

  /**
   * @param {string} id
   * @param {string} serverTime
   */
  pong(id, serverTime) {
    if (this.#sent === null || id !== String(this.#id)) return
    const latency = this.#env.now() - this.#sent
    this.#sent = null
    this.#set(this.#options.interval)
    this.#parts.latency(latency, serverTime)
  }

  /** Is it still there? Asked when there is reason for doubt, so with less patience. */
  check() {
    if (this.#timer === null) return
    const patience = Math.min(this.#options.timeout, 5_000)
    if (this.#sent === null) this.#ping(patience)
    // A question is out already: asking again and again must not put the verdict off.
    else if (this.#due - this.#env.now() > patience) this.#set(patience)
  }

  /** @param {number} patience */
  #ping(patience) {
    this.#id += 1
    this.#sent = this.#env.now()
    this.#set(patience)
    this.#parts.ping(String(this.#id))
  }

  /** @param {number} ms */
  #set(ms) {
    this.#env.timers.clearTimeout(this.#timer)
    this.#due = this.#env.now() + ms
    this.#timer = this.#env.timers.setTimeout(() => this.#ring(ms), ms)
  }

  /** @param {number} ms */
  #ring(ms) {
    if (this.#sent === null) {
      this.#ping(this.#options.timeout)
      return
    }
    const now = this.#env.now()
    const late = now - this.#due > LATE
    // Frames that come are life enough: the pong waits behind them.
    if (late) this.#ping(this.#options.timeout)
    else if (this.#heard >= this.#sent && now - this.#heard < ms) this.#set(ms)
    else this.#parts.dead()
  }
}
