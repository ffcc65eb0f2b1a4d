// One WebSocket from its opening to its end: greeting in time, heartbeat, renewal of the token, no more frames out than the server
// takes. It is used once; who wants another makes another, so an old one can never speak for a new one.

import { LOST } from '../closes.js'
import { Heartbeat } from '../heartbeat.js'
import { Pace } from '../pace.js'

/** @import { Core } from '../core.js' */
/** @import { SocketLike } from '../environment.js' */

/**
 * @typedef {object} AttemptEvents
 * @property {(greeting: any) => void} open
 * @property {(frame: any) => void} frame
 * @property {(code: number, reason: string, retryAfter?: number | null) => void} close once, and nothing after it
 */

/** @typedef {{type: string, id?: string, channel?: string, data?: object}} OutFrame */

/**
 * @typedef {object} Attempt
 * @property {(frame: OutFrame) => boolean} send
 * @property {(code: number) => void} close ends it without a further event
 * @property {() => void} check is it still alive?
 * @property {string} [token] that it has now, where that may be another one than it was made with
 */

const SIGNALS = new Set(['typing', 'viewing', 'read'])
/** A closing handshake may take so long before the connection is cut, where it can be. */
const FAREWELL = 2_000
/** Timers cannot count further than 24.8 days. */
const FAR = 12 * 3_600_000

/** @implements {Attempt} */
export class Socket {
  #core
  #label
  #events
  #token
  /** @type {SocketLike} */
  #socket
  #heartbeat
  #pace
  #open = false
  #over = false
  /** @type {any} */
  #greeting = null
  /** @type {any} */
  #renewal = null
  /** The server's clock less ours; until that is known, nothing. @type {number | null} */
  #skew = null
  #expires = 0

  /**
   * @param {Core} core
   * @param {string} path with its query, which holds nothing secret
   * @param {string} label the channel that its frames are of, or ''
   * @param {string} token
   * @param {AttemptEvents} events
   * @param {boolean} apart not the one that tabs share
   */
  constructor(core, path, label, token, events, apart = false) {
    this.#core = core
    this.#label = label
    this.#events = events
    this.#token = token
    this.#heartbeat = new Heartbeat(core.env, core.options.heartbeat, {
      ping: (id) => this.#write({ type: 'ping', id }),
      latency: (ms, serverTime) => {
        this.#clocks(Date.parse(serverTime) - (core.env.now() - ms / 2))
        core.latency(ms)
      },
      dead: () => this.#end(LOST, 'no sign of life'),
    })
    this.#pace = new Pace(core.env, (text) => this.#socket.send(text))
    this.#socket = this.#make(path, token, apart)
    this.#greeting = core.env.timers.setTimeout(() => this.#end(LOST, 'no greeting'), core.options.connectTimeout)
    this.#socket.onmessage = (event) => this.#take(event.data)
    this.#socket.onclose = (event) => this.#end(event.code, event.reason ?? '')
    // What it says is in the close event that follows; without a listener `ws` would throw.
    this.#socket.onerror = () => {}
  }

  /**
   * @param {string} path
   * @param {string} token
   * @param {boolean} apart
   */
  #make(path, token, apart) {
    const { env, shared, socketBase } = this.#core
    const ours = path === '/api/ws' && !apart ? shared?.open(token) : null
    if (ours) return ours
    if (env.WebSocket === null) throw new Error('there is no WebSocket here')
    return new env.WebSocket(socketBase + path, ['colloquy.v1', `bearer.${token}`])
  }

  get token() {
    return this.#token
  }

  /** @param {OutFrame} frame */
  send(frame) {
    if (!this.#open || this.#over) return false
    this.#write(frame)
    return true
  }

  /** @param {number} code */
  close(code) {
    if (this.#over) return
    this.#finish()
    const { timers } = this.#core.env
    const socket = this.#socket
    try {
      socket.close(code)
    } catch {
      // Not open yet, or closing already.
    }
    if (socket.terminate) {
      const timer = timers.setTimeout(() => socket.terminate?.(), FAREWELL)
      timer?.unref?.()
      socket.onclose = () => timers.clearTimeout(timer)
    }
  }

  check() {
    this.#heartbeat.check()
  }

  /** @param {unknown} text */
  #take(text) {
    if (this.#over || typeof text !== 'string') return
    let frame
    try {
      frame = JSON.parse(text)
    } catch (error) {
      this.#core.report(error, 'reading a frame')
      return
    }
    this.#heartbeat.heard()
    if (this.#core.tapped) this.#core.tap('in', this.#label, frame, text)
    if (frame.type === 'pong') this.#heartbeat.pong(frame.id, frame.timestamp)
    else if (frame.type === 'authenticated') this.#expire(frame.data.expires_at)
    if (this.#open) this.#events.frame(frame)
    else if (frame.type === 'connection_established') this.#greeted(frame)
  }

  /** @param {any} frame */
  #greeted(frame) {
    this.#open = true
    this.#core.env.timers.clearTimeout(this.#greeting)
    this.#expire(frame.data.expires_at)
    this.#events.open(frame)
    // Who was greeted may have closed it.
    if (!this.#over) this.#heartbeat.start()
  }

  /** @param {OutFrame} frame */
  #write(frame) {
    const text = JSON.stringify(frame)
    if (this.#core.tapped) this.#core.tap('out', this.#label, frame, text)
    this.#pace.send(text, SIGNALS.has(frame.type))
  }

  /** @param {string} at by the server's clock */
  #expire(at) {
    this.#expires = Date.parse(at)
    this.#plan(0)
  }

  /** @param {number} skew */
  #clocks(skew) {
    if (!Number.isFinite(skew)) return
    const first = this.#skew === null
    this.#skew = skew
    // What was planned by our own clock alone may be far off.
    if (first) this.#plan(0)
  }

  /**
   * A token that lives shortly is renewed after half of what is left.
   * @param {number} failures
   */
  #plan(failures) {
    const { env, options } = this.#core
    env.timers.clearTimeout(this.#renewal)
    const left = this.#expires - (this.#skew ?? 0) - env.now()
    if (!Number.isFinite(left) || left <= 0) return
    const lead = Math.min(options.renewBefore, left / 2)
    const wait = failures === 0 ? left - lead : Math.min(1000 * 2 ** failures, left)
    const due = Math.min(wait, FAR)
    this.#renewal = env.timers.setTimeout(() => (due < wait ? this.#plan(failures) : this.#renew(failures)), due)
  }

  /** @param {number} failures */
  async #renew(failures) {
    try {
      const token = await this.#core.tokens.renew(this.#token, 'expiring')
      if (this.#over || token === null) return
      if (token === this.#token) throw new Error('the same token again')
      this.#token = token
      this.#write({ type: 'auth', data: { token } })
    } catch {
      // The end of the old one asks for a new one with 4001, if nothing helps until then.
      if (!this.#over) this.#plan(failures + 1)
    }
  }

  /** Stops listening: whatever the old socket says from now on is about nothing any more. */
  #finish() {
    this.#over = true
    this.#heartbeat.stop()
    this.#pace.stop()
    const { timers } = this.#core.env
    timers.clearTimeout(this.#greeting)
    timers.clearTimeout(this.#renewal)
    this.#socket.onmessage = this.#socket.onclose = null
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    if (this.#over) return
    this.#finish()
    // Ours to give up: it may hang for minutes otherwise.
    if (this.#socket.readyState < 2) {
      if (this.#socket.terminate) this.#socket.terminate()
      else this.#socket.close()
    }
    this.#events.close(code, reason)
  }
}
