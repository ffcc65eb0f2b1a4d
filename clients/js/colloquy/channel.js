// A channel as its users have it: listeners, state, and the signals that one may send. What comes in is ordered by `intake.js`;
// how it comes is the links' matter.

import { Emitter } from './emitter.js'
import { ColloquyError } from './error.js'
import { Intake } from './intake.js'

/** @import { Core } from './core.js' */
/** @import { ChannelEvents } from './events.js' */
/** @import { ChannelState } from './intake.js' */

/**
 * What carries a channel at the moment.
 * @typedef {object} Carrier
 * @property {(name: string, type: string, data: object) => boolean} signal false: it did not go
 * @property {(name: string, type: string, data: object) => Promise<any>} request
 */

/** A typing sign that stands is said again after this; the server forgets it after 6 s. */
const TYPING_AGAIN = 2_500

/** The number and the life of a stream that everything up to is known of. */
/** @typedef {{since: number, epoch?: string}} Since */

export class Channel {
  /** For links. @type {Intake} */
  intake
  /** For links: what carries it now. @type {Carrier | null} */
  carrier = null
  #core
  #emitter
  #leave
  #over
  #again
  /** @type {ChannelState} */
  #state = 'joining'
  /** @type {number | string | undefined} */
  #code
  /** @type {any} */
  #greeting = null
  /** What is to be handed out with the next animation frame: types and values in turn. @type {any[]} */
  #queue = []
  #asked = false
  /** @type {Map<string | null, {typing: boolean, at: number}>} */
  #typing = new Map()
  /** @type {string | null | undefined} */
  #viewing
  /** Markers that could not be said yet. @type {Map<string, string>} */
  #read = new Map()
  /** Who waits for it to be ready. @type {Set<() => void>} */
  #expected = new Set()
  #closed = false

  /**
   * @param {Core} core
   * @param {string} name
   * @param {{leave: () => void, over: () => void, again: () => void}} parts
   */
  constructor(core, name, parts) {
    this.name = name
    this.#core = core
    this.#leave = parts.leave
    this.#over = parts.over
    this.#emitter = new Emitter((error, type) => core.report(error, `listener of ${type} on ${name}`))
    this.#again = parts.again
    this.intake = this.#takeIn()
  }

  /** As listeners have been told. */
  get state() {
    return this.#state
  }

  /** Why it is not live. */
  get code() {
    return this.#code
  }

  /** The number of the last event that was taken in; null before the first greeting. */
  get seq() {
    return this.intake.cursor.seq
  }

  get epoch() {
    return this.intake.cursor.epoch
  }

  /** The data of the last greeting, or null. */
  get greeting() {
    return this.#greeting
  }

  /**
   * Listens to frames of a type, or to `event` (every durable one), `frame` (every one), `greeting`, `reset`, `state`, `batch`.
   * @template {keyof ChannelEvents} K
   * @overload
   * @param {K} type
   * @param {(value: ChannelEvents[K]) => unknown} fn
   * @returns {() => void} ends it: from then on `fn` is not called any more
   */
  /**
   * A type that this version knows nothing of.
   * @overload
   * @param {string} type
   * @param {(value: any) => unknown} fn
   * @returns {() => void}
   */
  /**
   * @param {string} type
   * @param {(value: any) => unknown} fn
   */
  on(type, fn) {
    return this.#emitter.on(type, fn)
  }

  /**
   * Where to begin, for who knows the state up to there. To be said right after the channel was asked for, before it is joined.
   * @param {number} seq
   * @param {string} [epoch]
   */
  since(seq, epoch) {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new TypeError('seq must be a whole number from 0')
    if (epoch !== undefined && epoch !== null && typeof epoch !== 'string') throw new TypeError('epoch must be a string')
    if (this.#greeting !== null) throw new Error('the channel is joined already')
    this.intake.cursor.reset(seq, epoch ?? null)
    return this
  }

  /**
   * Tells the others that one is typing, or not any more. May be called with every key: it sends what is needed.
   * @param {string | null} session_id
   * @param {boolean} [is_typing]
   */
  typing(session_id, is_typing = true) {
    const now = this.#core.env.now()
    const last = this.#typing.get(session_id)
    if (is_typing ? last?.typing && now - last.at < TYPING_AGAIN : !last?.typing) return
    if (is_typing) this.#typing.set(session_id, { typing: true, at: now })
    else this.#typing.delete(session_id)
    this.#signal('typing', { is_typing, ...(session_id !== null && { session_id }) })
  }

  /**
   * Tells which conversation one looks at; said again after a reconnect.
   * @param {string | null} session_id
   */
  viewing(session_id) {
    this.#viewing = session_id
    this.#signal('viewing', { session_id })
  }

  /**
   * Moves one's read marker; what cannot be said now is said when the channel is live again.
   * @param {string} session_id
   * @param {string} message_id
   */
  read(session_id, message_id) {
    if (this.#signal('read', { session_id, message_id })) return
    this.#read.set(session_id, message_id)
    // Without a WebSocket there is REST for it.
    if (this.intake.live) this.#flushRead()
  }

  /**
   * A page of the past, oldest first.
   * @param {{since?: number, epoch?: string, limit?: number}} [range]
   * @returns {Promise<{events: any[], seq: number, epoch: string, complete: boolean}>}
   */
  history({ since = 0, epoch, limit = 50 } = {}) {
    if (this.name.startsWith('bot:')) {
      return this.#core.api.listEvents({ bot_id: this.name.slice(4), since, epoch: epoch ?? null, limit })
    }
    if (this.carrier === null) return Promise.reject(new Error('the channel is not joined'))
    return this.carrier.request(this.name, 'request_history', { since, ...(epoch !== undefined && { epoch }), limit })
  }

  /**
   * Resolves when the channel is live: what happens from then on is heard. Rejects when there is nothing to be had, or nobody wants it any more.
   * @returns {Promise<this>}
   */
  ready() {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#closed) reject(new ColloquyError({ code: 'closed', detail: `${this.name} is not listened to any more` }))
        else if (this.#state === 'live') resolve(this)
        else if (this.#state === 'refused' || this.#state === 'ended') {
          const detail = `there is no access to ${this.name}`
          reject(new ColloquyError({ code: String(this.#code), detail }))
        } else return
        off()
        this.#expected.delete(look)
      }
      const off = this.on('state', look)
      this.#expected.add(look)
      look()
    })
  }

  /** Undoes one asking for this channel; the last one ends it. */
  leave() {
    this.#leave()
  }

  /** For the client: nobody has it any more. */
  close() {
    this.intake.close()
    this.#emitter.clear()
    this.#queue = []
    this.giveUp()
  }

  /** For the client: another person. Nothing that was known of the stream holds, and who was refused is not this one. */
  forget() {
    this.#read.clear()
    if (!this.intake.over) {
      this.intake.cursor.reset(null, null)
      return
    }
    this.#greeting = null
    this.intake = this.#takeIn()
    this.#give('state', { state: 'joining' })
  }

  /** For the client: it will not be live (again). */
  giveUp() {
    this.#closed = true
    for (const look of [...this.#expected]) look()
  }

  /** For links: it is live on a (new) connection, so what stands is said again. */
  resumed() {
    this.#typing.clear()
    if (this.#viewing) this.#signal('viewing', { session_id: this.#viewing })
    this.#flushRead()
  }

  #takeIn() {
    return new Intake(this.#core, this.name.startsWith('bot:') ? this.name.slice(4) : null, {
      give: (type, value) => this.#give(type, value),
      turn: (state, code) => this.#turn(state, code),
      again: this.#again,
    })
  }

  #flushRead() {
    for (const [session_id, message_id] of this.#read) {
      if (!this.#signal('read', { session_id, message_id })) {
        this.#core.api.markRead({ session_id, message_id }).catch((error) => this.#core.report(error, 'marking as read'))
      }
    }
    this.#read.clear()
  }

  /**
   * @param {string} type
   * @param {object} data
   */
  #signal(type, data) {
    return this.intake.live && this.carrier !== null && this.carrier.signal(this.name, type, data)
  }

  /**
   * @param {ChannelState} state
   * @param {number | string} [code]
   */
  #turn(state, code) {
    if (state === 'live') this.resumed()
    if (state === 'refused' || state === 'ended') this.#over()
    this.#give('state', { state, code })
  }

  /**
   * @param {string} type
   * @param {any} value
   */
  #give(type, value) {
    if (!this.#core.batch.enabled) {
      this.#hand(type, value)
      if (!this.#emitter.has('batch') || type !== 'frame') return
    }
    this.#queue.push(type, value)
    if (this.#asked) return
    this.#asked = true
    this.#core.batch.ask(() => this.#flush())
  }

  #flush() {
    const queue = this.#queue
    this.#queue = []
    this.#asked = false
    const { enabled } = this.#core.batch
    const wanted = this.#emitter.has('batch')
    /** @type {any[]} */
    const frames = []
    for (let index = 0; index < queue.length; index += 2) {
      if (enabled) this.#hand(queue[index], queue[index + 1])
      if (wanted && queue[index] === 'frame') frames.push(queue[index + 1])
    }
    if (frames.length > 0) this.#emitter.emit('batch', frames)
  }

  /**
   * @param {string} type
   * @param {any} value
   */
  #hand(type, value) {
    const emitter = this.#emitter
    if (type === 'frame') {
      emitter.emit(value.type, value)
      if (typeof value.seq === 'number') emitter.emit('event', value)
      emitter.emit('frame', value)
      return
    }
    if (type === 'greeting') this.#greeting = value
    if (type === 'state') {
      if (value.state === this.#state && value.code === this.#code) return
      this.#state = value.state
      this.#code = value.code
    }
    emitter.emit(type, value)
  }
}
