// One connection that is kept: made, watched, and made again as the table of close codes says. What is connected to and what is
// said there is the driver's matter; which transport it is, too.

import { Backoff } from './backoff.js'
import { LOST, verdict } from './closes.js'
import { ColloquyError } from './error.js'

/** @import { Core } from './core.js' */
/** @import { Attempt, AttemptEvents, OutFrame } from './transports/socket.js' */

/** @typedef {'closed' | 'connecting' | 'open' | 'reconnecting'} LineState */

/**
 * @typedef {object} LineChange
 * @property {LineState} state
 * @property {number | string} [code]
 * @property {string} [reason]
 * @property {number} [retryIn]
 */

/**
 * @typedef {object} Driver
 * @property {(token: string, events: AttemptEvents) => Attempt} dial
 * @property {(greeting: any) => void} opened
 * @property {(frame: any) => void} frame
 * @property {(code: number, final: boolean) => void} lost the connection, or the attempt at one, is over; with `final`, for good
 * @property {(change: LineChange) => void} changed
 * @property {(greeted: boolean, code: number) => void} [tried] how an attempt ended
 */

/** Attempts in a row that a refused token may cost: the old one, and two fresh ones. */
const REFUSALS = 3
/** "At once" twice within this is a storm. */
const CALM = 1_000

export class Line {
  /** @type {LineState} */
  state = 'closed'
  #core
  #driver
  #backoff
  /** Counts attempts: what an earlier one still says is not heard. */
  #generation = 0
  /** @type {Attempt | null} */
  #attempt = null
  /** @type {any} */
  #timer = null
  #openedAt = 0
  #hurriedAt = -Infinity
  /** The server wants to be left alone until then. */
  #notBefore = 0
  #refusals = 0

  /**
   * @param {Core} core
   * @param {Driver} driver
   */
  constructor(core, driver) {
    this.#core = core
    this.#driver = driver
    this.#backoff = new Backoff(core.options.backoff, core.env.random)
  }

  start() {
    if (this.state !== 'closed') return
    this.#refusals = 0
    this.#backoff.reset()
    this.#change({ state: 'connecting' })
    void this.#dial()
  }

  /** Ends it by our own will. */
  stop() {
    if (this.state === 'closed') return
    this.#drop()
    this.#change({ state: 'closed' })
  }

  /** Does not wait any longer; an open one is made anew. */
  again() {
    if (this.state === 'closed') return this.start()
    const was = this.state
    this.#drop()
    this.#backoff.reset()
    if (was === 'open') this.#driver.lost(1000, false)
    this.#change({ state: was === 'connecting' ? 'connecting' : 'reconnecting', retryIn: 0 })
    void this.#dial()
  }

  /** What it carries is of no use as it is: begins anew, as after any other loss. */
  anew() {
    const attempt = this.#attempt
    if (this.state !== 'open' || attempt === null) return
    attempt.close(1000)
    this.#closed('', LOST, 'begun anew', 0)
  }

  /** There is reason to hope (the network is back) or to doubt (it may be gone). */
  wake() {
    if (this.#attempt) this.#attempt.check()
    else if (this.#timer !== null && this.#core.env.now() >= this.#notBefore) {
      this.#cancel()
      void this.#dial()
    }
  }

  check() {
    this.#attempt?.check()
  }

  /**
   * @param {OutFrame} frame
   * @returns {boolean} false: there is no open connection, it did not go
   */
  send(frame) {
    return this.state === 'open' && this.#attempt !== null && this.#attempt.send(frame)
  }

  async #dial() {
    this.#cancel()
    const generation = (this.#generation += 1)
    let token
    try {
      token = await this.#core.tokens.get()
    } catch (error) {
      if (generation !== this.#generation) return
      if (!(error instanceof ColloquyError)) this.#core.report(error, 'getting a token')
      this.#retry('no_token', 'no token could be got', 0)
      return
    }
    if (generation !== this.#generation) return
    if (token === null) {
      this.#over('signed_out', 4001)
      return
    }
    this.#connect(token, generation)
  }

  /**
   * @param {string} token
   * @param {number} generation
   */
  #connect(token, generation) {
    const mine = () => generation === this.#generation
    /** @type {AttemptEvents} */
    const events = {
      open: (greeting) => mine() && this.#opened(greeting),
      frame: (frame) => mine() && this.#driver.frame(frame),
      close: (code, reason, retryAfter) => mine() && this.#closed(token, code, reason, retryAfter ?? 0),
    }
    try {
      this.#attempt = this.#driver.dial(token, events)
    } catch (error) {
      this.#core.report(error, 'connecting')
      this.#closed(token, LOST, 'could not be tried', 0)
    }
  }

  /** @param {any} greeting */
  #opened(greeting) {
    this.#refusals = 0
    this.#openedAt = this.#core.env.now()
    this.#driver.tried?.(true, 0)
    this.#change({ state: 'open' })
    this.#driver.opened(greeting)
  }

  /**
   * @param {string} token
   * @param {number} code
   * @param {string} reason
   * @param {number} retryAfter seconds
   */
  #closed(token, code, reason, retryAfter) {
    const { env } = this.#core
    const greeted = this.state === 'open'
    if (greeted && env.now() - this.#openedAt >= this.#core.options.backoff.healthy) this.#backoff.reset()
    // It may have been given another one since it was dialled.
    const used = this.#attempt?.token ?? token
    this.#attempt = null
    this.#generation += 1
    const generation = this.#generation
    const { then, from = 0, to = 0, fault } = verdict(code)
    this.#driver.lost(code, then === 'end' || then === 'stop')
    if (!greeted) this.#driver.tried?.(false, code)
    // Either of them may have ended it.
    if (generation !== this.#generation) return
    if (fault) this.#core.report(new Error(`the server closed with ${code}: ${reason}`), 'connection')
    switch (then) {
      case 'end':
      case 'stop':
        this.#change({ state: 'closed', code, reason })
        return
      case 'token':
        this.#core.tokens.reject(used)
        this.#refusals += 1
        // One that was good before is asked for again at once; getting another one takes its time.
        if (this.#refusals < REFUSALS && !greeted) this.#plan(0, code, reason)
        else if (this.#refusals < REFUSALS) this.#soon(code, reason)
        else {
          this.#core.signOut('refused')
          this.#over('signed_out', code)
        }
        return
      case 'now':
        this.#soon(code, reason)
        return
      case 'wait':
        this.#notBefore = env.now() + from
        this.#plan(Math.round(from + env.random() * (to - from)), code, reason)
        return
      case 'backoff':
        this.#retry(code, reason, retryAfter * 1000)
    }
  }

  /**
   * At once, unless it was at once a moment ago.
   * @param {number} code
   * @param {string} reason
   */
  #soon(code, reason) {
    const now = this.#core.env.now()
    const calm = now - this.#hurriedAt >= CALM
    this.#hurriedAt = now
    if (calm) this.#plan(0, code, reason)
    else this.#retry(code, reason, 0)
  }

  /**
   * @param {number | string} code
   * @param {string} reason
   * @param {number} least milliseconds
   */
  #retry(code, reason, least) {
    const wait = this.#backoff.next()
    this.#notBefore = this.#core.env.now() + least
    if (wait === null) this.#over('attempts', code)
    else this.#plan(Math.max(wait, least), code, reason)
  }

  /**
   * @param {number} wait
   * @param {number | string} code
   * @param {string} reason
   */
  #plan(wait, code, reason) {
    this.#cancel()
    const generation = this.#generation
    this.#change({ state: 'reconnecting', code, reason, retryIn: wait })
    // Who was told may have stopped it, or may have hurried it.
    if (generation !== this.#generation || this.state !== 'reconnecting') return
    this.#timer = this.#core.env.timers.setTimeout(() => void this.#dial(), wait)
  }

  /**
   * @param {string} reason
   * @param {number | string} code
   */
  #over(reason, code) {
    this.#drop()
    this.#change({ state: 'closed', code, reason })
  }

  #drop() {
    this.#cancel()
    this.#generation += 1
    this.#attempt?.close(1000)
    this.#attempt = null
  }

  #cancel() {
    this.#core.env.timers.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** @param {LineChange} change */
  #change(change) {
    this.state = change.state
    this.#driver.changed(change)
  }
}
