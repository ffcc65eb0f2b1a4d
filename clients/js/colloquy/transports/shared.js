// One socket at /api/ws with many channels. Each channel's subscription is told apart by the id of the frame that asked for it, so
// that what still comes of one that was left and asked for again is not taken for the new one.

import { Backoff } from '../backoff.js'
import { ColloquyError, unreachable } from '../error.js'
import { Line } from '../line.js'
import { Socket } from './socket.js'

/** @import { Core } from '../core.js' */
/** @import { Channel } from '../channel.js' */
/** @import { LinkParts } from '../connection.js' */

/**
 * @typedef {object} Entry
 * @property {Channel} channel
 * @property {'wanted' | 'asked' | 'in'} phase
 * @property {string} id of the frame that asked
 * @property {boolean} since whether it asked for what it missed
 * @property {any[]} early of a session: came by its bot's channel before the session's own past was through
 * @property {Backoff} backoff
 * @property {any} timer
 */

/** Refusals that may be over in a while; all others are final. */
const PASSING = new Set(['too_many_channels', 'unavailable', 'rate_limited'])
/** How long after "too many frames" what was not answered is asked again. */
const DISCARDED = 2_000
/** As many as the server takes on one socket. */
export const CHANNELS = 200

export class SharedLink {
  line
  #core
  /** @type {Map<string, Entry>} */
  #entries = new Map()
  /** Names to give up with the next flush. @type {Set<string>} */
  #left = new Set()
  /** Names given up, by the ids of the frames that said so, until they are answered. @type {Map<string, string[]>} */
  #leaving = new Map()
  /** @type {Map<string, {resolve: (data: any) => void, reject: (error: Error) => void}>} */
  #requests = new Map()
  #sessions = 0
  #count = 0
  #flushing = false

  /**
   * @param {Core} core
   * @param {LinkParts} parts
   * @param {boolean} apart on a socket of this tab's own, where tabs share one
   */
  constructor(core, parts, apart = false) {
    this.#core = core
    this.apart = apart
    this.line = new Line(core, {
      dial: (token, events) => new Socket(core, '/api/ws', '', token, events, apart),
      opened: () => this.#flush(),
      frame: (frame) => this.#frame(frame),
      lost: (code) => this.#lost(code),
      changed: (change) => parts.changed(this, change),
      tried: parts.tried,
    })
  }

  get size() {
    return this.#entries.size
  }

  /** @param {Channel} channel */
  join(channel) {
    const { name } = channel
    const backoff = new Backoff({ ...this.#core.options.backoff, attempts: Infinity }, this.#core.env.random)
    this.#entries.set(name, { channel, phase: 'wanted', id: '', since: false, early: [], backoff, timer: null })
    if (name.startsWith('session:')) this.#sessions += 1
    // It is asked for anew, which ends the former subscription as well.
    this.#left.delete(name)
    channel.carrier = this
    this.#soon()
  }

  /** @param {Channel} channel */
  leave(channel) {
    const entry = this.#entries.get(channel.name)
    if (entry?.channel !== channel) return
    this.#remove(entry)
    if (entry.phase !== 'wanted') this.#left.add(channel.name)
    this.#soon()
  }

  /**
   * @param {string} channel
   * @param {string} type
   * @param {object} data
   */
  signal(channel, type, data) {
    return this.line.send({ type, channel, data })
  }

  /**
   * @param {string} channel
   * @param {string} type
   * @param {object} data
   */
  request(channel, type, data) {
    const id = this.#id('r')
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject })
      if (!this.line.send({ type, id, data: { channel, ...data } })) {
        this.#requests.delete(id)
        reject(unreachable(undefined))
      }
    })
  }

  stop() {
    this.line.stop()
    this.#lost(1000)
  }

  /** @param {string} kind */
  #id(kind) {
    this.#count += 1
    return `${kind}${this.#count}`
  }

  /** Channels asked for in one turn of the event loop go out in one frame. */
  #soon() {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush() {
    if (this.line.state !== 'open') return
    const wanted = this.#wanted()
    if (this.#left.size > 0) {
      const id = this.#id('u')
      const channels = [...this.#left]
      this.#leaving.set(id, channels)
      this.line.send({ type: 'unsubscribe', id, data: { channels } })
      this.#left.clear()
    }
    const id = this.#id('s')
    const channels = []
    for (const entry of wanted) {
      const { name } = entry.channel
      const ask = entry.channel.intake.cursor.ask()
      entry.phase = 'asked'
      entry.id = id
      entry.since = ask !== null
      entry.early = []
      channels.push({ channel: name, ...ask })
    }
    if (channels.length > 0) this.line.send({ type: 'subscribe', id, data: { channels } })
  }

  /**
   * What to ask for now, bots first. While a bot's channel comes in beside one of its sessions, what happens goes out by the session's
   * name alone, and the bot's would have a gap: so sessions give way, and come in again behind it.
   */
  #wanted() {
    const isWanted = (/** @type {Entry} */ entry) => entry.phase === 'wanted' && entry.timer === null
    /** @type {Entry[]} */
    const bots = []
    /** @type {Entry[]} */
    const others = []
    for (const entry of this.#entries.values()) if (entry.channel.name.startsWith('bot:') && isWanted(entry)) bots.push(entry)
    for (const entry of this.#entries.values()) {
      const { name } = entry.channel
      if (bots.length > 0 && entry.phase !== 'wanted' && name.startsWith('session:')) {
        this.#left.add(name)
        entry.phase = 'wanted'
      }
      if (!name.startsWith('bot:') && isWanted(entry)) others.push(entry)
    }
    return [...bots, ...others]
  }

  /** @param {any} frame */
  #frame(frame) {
    const name = frame.channel
    switch (frame.type) {
      case 'pong':
      case 'authenticated':
        return
      case 'subscribed':
        this.#subscribed(frame)
        return
      case 'unsubscribed':
        this.#leaving.delete(frame.id)
        this.#unsubscribed(frame.data)
        return
      case 'history':
      case 'filter_updated':
        this.#answer(frame)
        return
      case 'error':
        this.#error(frame)
        return
      default: {
        const entry = this.#entries.get(name)
        if (entry?.phase === 'in') {
          entry.channel.intake.take(frame)
          if (frame.type === 'replay_complete') this.#early(entry)
        }
        if (this.#sessions > 0 && typeof name === 'string' && name.startsWith('bot:')) this.#share(frame)
      }
    }
  }

  /**
   * What two channels reach is sent once, by the bot's: its session's channel has it from there.
   * @param {any} frame
   */
  #share(frame) {
    if (frame.type === 'presence') return
    const session = frame.data?.session_id ?? frame.data?.session?.id
    const entry = session ? this.#entries.get(`session:${session}`) : undefined
    if (entry === undefined || entry.phase === 'wanted') return
    if (entry.phase === 'in' && entry.channel.intake.live) entry.channel.intake.take(frame)
    else entry.early.push(frame)
  }

  /** @param {Entry} entry */
  #early(entry) {
    const { early } = entry
    if (early.length === 0 || !entry.channel.intake.live) return
    entry.early = []
    for (const frame of early) entry.channel.intake.take(frame)
  }

  /** @param {any} frame */
  #subscribed({ id, data }) {
    const entry = this.#entries.get(data.channel)
    if (entry?.phase !== 'asked' || entry.id !== id) return
    entry.phase = 'in'
    entry.backoff.reset()
    entry.channel.intake.greeted(data, entry.since)
    this.#early(entry)
  }

  /** @param {{channel: string, code?: string}} data */
  #unsubscribed({ channel, code }) {
    const entry = this.#entries.get(channel)
    // An answer to our own asking needs nothing; one that is asked for anew gets its own answer.
    if (code === undefined || entry?.phase !== 'in') return
    this.#remove(entry)
    entry.channel.intake.end(code)
  }

  /** @param {any} frame */
  #answer({ id, data }) {
    this.#requests.get(id)?.resolve(data)
    this.#requests.delete(id)
  }

  /** @param {any} frame */
  #error({ id, code, message, channel }) {
    const error = new ColloquyError({ code, detail: message })
    const request = this.#requests.get(id)
    if (request) {
      this.#requests.delete(id)
      request.reject(error)
      return
    }
    if (code === 'rate_limited' && channel === undefined) this.#askAgain(id, error)
    else if (typeof id === 'string' && id.startsWith('u')) {
      // What was left may have been withdrawn already.
      this.#leaving.delete(id)
      return
    } else if (this.#refused(id, channel, code)) return
    this.#core.report(error, `a frame${channel ? ` on ${channel}` : ''}`)
  }

  /**
   * @param {string} id
   * @param {string | undefined} channel without one all of the frame is refused
   * @param {string} code
   * @returns {boolean} false: nothing that waits was meant
   */
  #refused(id, channel, code) {
    const entries = [...this.#entries.values()].filter((entry) => {
      return entry.phase === 'asked' && entry.id === id && (channel === undefined || entry.channel.name === channel)
    })
    for (const entry of entries) {
      if (PASSING.has(code)) this.#later(entry, code)
      else {
        this.#remove(entry)
        entry.channel.intake.end(code)
      }
    }
    return entries.length > 0
  }

  /**
   * @param {Entry} entry
   * @param {string} code
   */
  #later(entry, code) {
    entry.phase = 'wanted'
    entry.timer = this.#core.env.timers.setTimeout(() => {
      entry.timer = null
      this.#flush()
    }, entry.backoff.next() ?? 0)
    entry.channel.intake.lost(code)
  }

  /**
   * Among the frames that were discarded there may have been some of ours that wait for their answers.
   * What nobody waits for in person is asked again; questions of callers are refused, since they know what to do then.
   * @param {string | undefined} discarded the id, if that was told
   * @param {ColloquyError} error
   */
  #askAgain(discarded, error) {
    // One that is named stands in `#requests` no more.
    const open = discarded === undefined ? [...this.#requests.keys()] : []
    this.#core.env.timers.setTimeout(() => {
      for (const id of open) {
        this.#requests.get(id)?.reject(error)
        this.#requests.delete(id)
      }
      const wasDiscarded = (/** @type {string} */ id) => discarded === undefined || discarded === id
      for (const entry of this.#entries.values()) if (entry.phase === 'asked' && wasDiscarded(entry.id)) entry.phase = 'wanted'
      for (const [id, names] of this.#leaving) {
        if (!wasDiscarded(id)) continue
        this.#leaving.delete(id)
        // What came in again meanwhile stays; what is about to, comes in behind its leaving.
        for (const name of names) if ((this.#entries.get(name)?.phase ?? 'wanted') === 'wanted') this.#left.add(name)
      }
      this.#flush()
    }, DISCARDED)
  }

  /** @param {Entry} entry */
  #remove(entry) {
    this.#core.env.timers.clearTimeout(entry.timer)
    this.#entries.delete(entry.channel.name)
    if (entry.channel.name.startsWith('session:')) this.#sessions -= 1
    if (entry.channel.carrier === this) entry.channel.carrier = null
  }

  /** @param {number} code */
  #lost(code) {
    this.#left.clear()
    this.#leaving.clear()
    for (const { reject } of this.#requests.values()) reject(unreachable(undefined))
    this.#requests.clear()
    for (const entry of this.#entries.values()) {
      this.#core.env.timers.clearTimeout(entry.timer)
      entry.timer = null
      entry.phase = 'wanted'
      entry.early = []
      entry.channel.intake.lost(code)
    }
  }
}
