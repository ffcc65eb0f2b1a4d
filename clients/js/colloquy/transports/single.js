// One channel with a connection of its own, whatever carries it: a socket, an event stream, or polls. What differs is how it is
// dialled.

import { ColloquyError } from '../error.js'
import { Line } from '../line.js'
import { keepOpen } from './events.js'
import { Inbox } from './inbox.js'
import { Poll } from './poll.js'
import { Socket } from './socket.js'
import { Stream } from './stream.js'

/** @import { Core, TransportName } from '../core.js' */
/** @import { Channel } from '../channel.js' */
/** @import { LinkParts } from '../connection.js' */
/** @import { Attempt, AttemptEvents } from './socket.js' */

export class SingleLink {
  line
  #core
  /** @type {Channel} */
  #channel
  /** Whether the present connection was asked to begin at a number. */
  #since = false

  /**
   * @param {Core} core
   * @param {Channel} channel
   * @param {TransportName} transport
   * @param {LinkParts} parts
   */
  constructor(core, channel, transport, parts) {
    this.#core = core
    this.#channel = channel
    this.line = new Line(core, {
      dial: (token, events) => this.#dial(transport, token, events),
      opened: (greeting) => this.#opened(greeting),
      frame: (frame) => this.#frame(frame),
      lost: (code) => (code === 4003 ? channel.intake.end(code) : channel.intake.lost(code)),
      changed: (change) => parts.changed(this, change),
      tried: parts.tried,
    })
    channel.carrier = this
  }

  get size() {
    return this.#channel.carrier === this ? 1 : 0
  }

  join() {}

  /** @param {Channel} channel */
  leave(channel) {
    if (channel.carrier === this) channel.carrier = null
  }

  /**
   * @param {string} _name
   * @param {string} type
   * @param {object} data
   */
  signal(_name, type, data) {
    return this.line.send({ type, data })
  }

  /** @returns {Promise<any>} */
  request() {
    return Promise.reject(new ColloquyError({ code: 'unavailable', detail: 'only a shared socket answers this' }))
  }

  stop() {
    this.line.stop()
    this.#channel.intake.lost(1000)
  }

  /**
   * @param {TransportName} transport
   * @param {string} token
   * @param {AttemptEvents} events
   * @returns {Attempt}
   */
  #dial(transport, token, events) {
    const { name, intake } = this.#channel
    const ask = intake.cursor.ask()
    if (transport !== 'websocket') {
      this.#since = true
      if (name === 'notifications') return new Inbox(this.#core, intake, events)
      const release = transport === 'sse' ? keepOpen(this.#core) : null
      return release ? new Stream(this.#core, name, intake, events, release) : new Poll(this.#core, name, intake, events)
    }
    this.#since = ask !== null
    const query = ask === null ? '' : `?${new URLSearchParams(/** @type {any} */ (ask))}`
    const path = name === 'notifications' ? '/api/ws/notifications' : `/api/ws/chat/${encodeURIComponent(name.slice(4))}`
    return new Socket(this.#core, path + query, name, token, events)
  }

  /** @param {any} greeting */
  #opened(greeting) {
    if (greeting.loose) this.#channel.intake.greetedLoosely(greeting.data)
    else this.#channel.intake.greeted(greeting.data, this.#since)
  }

  /** @param {any} frame */
  #frame(frame) {
    const { intake, name } = this.#channel
    switch (frame.type) {
      case 'pong':
        intake.reached(frame.seq)
        return
      case 'authenticated':
        return
      case 'error':
        this.#core.report(new ColloquyError({ code: frame.code, detail: frame.message }), `a frame on ${name}`)
        return
      default:
        intake.take(frame)
    }
  }
}
