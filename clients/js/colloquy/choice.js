// Which transport is used: the first one, until it is blocked; then the next, while the first is tried again now and then.

import { LOST } from './closes.js'
import { ColloquyError } from './error.js'
import { Socket } from './transports/socket.js'

/** @import { Core, TransportName } from './core.js' */

/** Between trials of WebSockets the pause grows to this many times the first. */
const SELDOM = 10

export class Choice {
  /** @type {TransportName} */
  now
  #core
  #changed
  /** Attempts in a row that were never greeted. */
  #ungreeted = 0
  #asking = false
  /** REST did, since the last greeting. */
  #answered = false
  /** @type {Socket | null} */
  #trial = null
  #trials = 0
  /** @type {any} */
  #timer = null

  /**
   * @param {Core} core
   * @param {() => void} changed
   */
  constructor(core, changed) {
    this.#core = core
    this.#changed = changed
    this.now = core.options.transports[0]
  }

  /**
   * How an attempt ended.
   * @param {boolean} greeted
   * @param {number} code
   */
  tried(greeted, code) {
    if (greeted) {
      this.#ungreeted = 0
      this.#answered = false
      this.#plan()
      return
    }
    if (code !== LOST) return
    this.#ungreeted += 1
    const { transports, fallbackAfter } = this.#core.options
    const next = transports[transports.indexOf(this.now) + 1]
    if (next === undefined) return
    if (this.#ungreeted >= fallbackAfter && this.#answered) this.#take(next)
    else if (this.#ungreeted >= fallbackAfter - 1) void this.#ask()
  }

  /** There is reason to hope: WebSockets are tried now. */
  hurry() {
    if (this.#mayUpgrade) this.#try()
  }

  /** Nothing is to be tried any more, until the next attempt of a connection. */
  rest() {
    this.#core.env.timers.clearTimeout(this.#timer)
    this.#timer = null
    this.#trial?.close(1000)
    this.#trial = null
  }

  get #mayUpgrade() {
    const [first] = this.#core.options.transports
    return first === 'websocket' && this.now !== first && this.#trial === null
  }

  /**
   * Attempts were not greeted. If REST answers and the next attempt is not greeted either, this transport is blocked; a server that
   * was away and comes back between the two is no reason.
   */
  async #ask() {
    if (this.#asking) return
    this.#asking = true
    const answers = await this.#answers()
    this.#asking = false
    this.#answered = answers && this.#ungreeted > 0
  }

  async #answers() {
    try {
      await this.#core.api.getMe({}, { retries: 0, timeout: this.#core.options.connectTimeout })
      return true
    } catch (error) {
      // A page of something in between is no answer.
      return error instanceof ColloquyError && error.problem !== null && error.status < 500
    }
  }

  /** @param {TransportName} transport */
  #take(transport) {
    this.now = transport
    this.#ungreeted = 0
    this.#answered = false
    this.rest()
    this.#changed()
    this.#plan()
  }

  /** When WebSockets are tried again. */
  #plan() {
    if (!this.#mayUpgrade || this.#timer !== null) return
    const wait = this.#core.options.upgradeAgain * Math.min(2 ** this.#trials, SELDOM)
    this.#timer = this.#core.env.timers.setTimeout(() => {
      this.#timer = null
      this.#try()
    }, wait)
  }

  #try() {
    this.rest()
    const token = this.#core.tokens.pair?.access_token
    if (!token) return
    this.#trials += 1
    try {
      this.#trial = new Socket(this.#core, '/api/ws', '', token, {
        open: () => {
          this.#trials = 0
          this.#take('websocket')
        },
        frame: () => {},
        close: () => {
          this.#trial = null
          this.#plan()
        },
      })
    } catch {
      // A page may forbid it; that was told when it was tried as the first.
      this.#plan()
    }
  }
}
