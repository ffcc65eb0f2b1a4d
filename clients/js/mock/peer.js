// The server's side of one socket: what it is greeted with, what it hears, what it may send, how it ends. A chat socket
// and one for notifications have one channel each; /api/ws has as many as are asked for, and labels what it sends.

import { answersOf, statusData } from './answers.js'
import { sessionsOf } from './chat.js'
import { hear } from './inbound.js'
import { replayed, unread } from './notifications.js'
import { Stream } from './stream.js'

/** @typedef {import('./types.js').Access} Access */
/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Entry} Entry */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').Wire} Wire */
/** @typedef {import('./world.js').World} World */

/** @typedef {{name: string, kind: 'bot' | 'session' | 'notifications' | 'silent', bot_id: string | null, session_id: string | null, types: string[] | null}} Channel */
/** @typedef {{since: number | null, epoch?: string}} Range */

/** The reasons of closes, as the server words them. @type {Record<number, string>} */
const REASONS = {
  1000: 'closed', 1001: 'the server is going away', 1003: 'binary frames are not taken', 1008: 'closed by an administrator',
  1009: 'frame over the limit', 1011: 'the server failed', 1013: 'too many connections', 4001: 'authentication required',
  4003: 'not found or access denied', 4008: 'reading too slowly', 4029: 'too many frames',
}
const NAMED = 64
const ONLINE = 200
const SESSIONS = 50

/** The stream that a channel is of: a bot's, or the person's own. @param {Channel} channel @param {string} user */
function streamOf({ kind, bot_id }, user) {
  return kind === 'silent' ? null : (bot_id ?? user)
}

/** @param {Json} frame @returns {string | null} */
function sessionOf({ data }) {
  return data.session_id ?? data.session?.id ?? null
}

/** Whether a channel takes what is of this type and about this session. @param {Channel} channel @param {string} type @param {string | null} session */
function concerns({ kind, session_id, types }, type, session) {
  return (kind !== 'session' || session_id === session) && (!types || types.includes(type))
}

export class Peer {
  /** @type {Map<string, Channel>} */
  channels = new Map()
  /** What each bot's `viewing` frame said last. @type {Map<string, string | null>} */
  viewing = new Map()
  /** Frames it may still send, and when that was counted. */
  budget = { left: 40, at: 0, discarded: /** @type {number[]} */ ([]), warned: false }
  closed = false
  /** By stream: what ends listening to it. @type {Map<string, () => void>} */
  #following = new Map()
  #cancelExpiry = () => {}

  /**
   * @param {World} world
   * @param {Access} access
   * @param {'chat' | 'notifications' | 'multi'} kind
   * @param {string} path
   * @param {Wire} wire
   */
  constructor(world, access, kind, path, wire) {
    this.world = world
    this.access = access
    this.kind = kind
    this.path = path
    this.wire = wire
    this.id = world.id()
    this.budget.at = world.now()
    world.peers.add(this)
    this.#expire()
  }

  get user_id() {
    return this.access.user_id
  }

  get username() {
    return this.world.users.get(this.user_id)?.username ?? ''
  }

  get expires_at() {
    return `${new Date(this.access.expires_at).toISOString().slice(0, -1)}000Z`
  }

  // ---- its life

  /** @param {Access} access the new token of the same person */
  renew(access) {
    this.access = access
    this.#expire()
  }

  #expire() {
    this.#cancelExpiry()
    this.#cancelExpiry = this.world.later(() => this.close(4001), Math.max(0, this.access.expires_at - this.world.now()))
  }

  /**
   * The server closes it.
   * @param {number} code 1006: without a close frame, as a network does
   */
  close(code) {
    if (this.closed) return
    this.#end(code)
    if (code === 1006) this.wire.drop()
    else this.wire.close(code, REASONS[code] ?? '')
  }

  /** The client is gone. @param {number} [code] */
  gone(code = 1006) {
    if (!this.closed) this.#end(code)
  }

  /** @param {number} code */
  #end(code) {
    this.closed = true
    this.#cancelExpiry()
    this.world.peers.delete(this)
    const bots = [...this.channels.values()].map(({ bot_id }) => bot_id)
    for (const stop of this.#following.values()) stop()
    this.channels.clear()
    for (const bot of new Set(bots)) if (bot) this.world.live.left(this, bot)
    this.world.happened({ kind: 'close', path: this.path, username: this.username, code })
  }

  // ---- what it sends

  /** @param {Json} frame */
  send(frame) {
    if (this.closed) return
    this.world.happened({ kind: 'frame', direction: 'out', path: this.path, username: this.username, frame })
    this.wire.send(JSON.stringify(frame))
  }

  /**
   * @param {string} code
   * @param {string} message
   * @param {{id?: string, channel?: string}} [head]
   */
  refuse(code, message, { id, channel } = {}) {
    const named = this.kind === 'multi' && channel !== undefined && channel.length <= NAMED
    this.send({ type: 'error', message, code, ...(named ? { channel } : {}), ...(id === undefined ? {} : { id }) })
  }

  /**
   * Something without a number, about a bot.
   * @param {string} bot_id
   * @param {string} type
   * @param {Json} data
   * @param {string | null} [privateTo]
   */
  signal(bot_id, type, data, privateTo = null) {
    if (privateTo !== null && privateTo !== this.user_id) return
    // Where somebody looks is told to those who listen to the bot.
    const about = type === 'presence' ? null : (data.session_id ?? null)
    const channel = this.#channelsOf(bot_id).find((one) => concerns(one, type, about))
    if (channel) this.send(this.#labelled({ type, bot_id, data, timestamp: this.world.time() }, channel))
  }

  /** @param {string} bot_id */
  hasBot(bot_id) {
    return [...this.channels.values()].some((channel) => channel.bot_id === bot_id)
  }

  /** The channels of one stream, the one that carries all of it first: what two of them reach comes by that. @param {string} stream */
  #channelsOf(stream) {
    const channels = [...this.channels.values()].filter((channel) => streamOf(channel, this.user_id) === stream)
    return channels.sort((one, other) => Number(other.session_id === null) - Number(one.session_id === null))
  }

  /** @param {Json} frame @param {Channel} channel */
  #labelled(frame, channel) {
    return this.kind === 'multi' ? { ...frame, channel: channel.name } : frame
  }

  // ---- channels

  /**
   * Begins a channel: greets, replays, and listens from then on. Who may not have it is refused by what this throws.
   * @param {{name: string, kind: 'bot' | 'session' | 'notifications' | 'silent', id?: string}} wanted
   * @param {Range | null} range
   * @param {string} [id] of the request
   */
  enter({ name, kind, id: about }, range, id) {
    const { world, user_id } = this
    const session = kind === 'session' ? world.session(user_id, about ?? '') : null
    const bot = kind === 'bot' ? world.bot(user_id, about ?? '') : (session?.bot ?? null)
    const fresh = bot && !this.hasBot(bot.id)
    /** @type {Channel} */
    const channel = { name, kind, bot_id: bot?.id ?? null, session_id: session?.session.id ?? null, types: null }
    if (fresh) world.live.arrived(this, bot.id)
    this.channels.set(name, channel)
    const stream = kind === 'silent' ? null : world.stream(bot?.id ?? user_id)
    this.#greet(channel, bot, stream, id)
    if (stream) this.#follow(channel, stream, range)
    if (bot) this.#catchUp(bot, session?.session.id ?? null)
  }

  /**
   * @param {Channel} channel
   * @param {Bot | null} bot
   * @param {Stream | null} stream
   * @param {string} [id]
   */
  #greet(channel, bot, stream, id) {
    const { user_id, expires_at, id: connection_id } = this
    const place = { seq: stream?.head ?? null, epoch: stream?.epoch ?? null }
    const about = bot && channel.kind === 'bot' ? this.#company(bot) : {}
    if (this.kind === 'multi') {
      const inbox = channel.kind === 'notifications' ? { unread: unread(this.world, user_id) } : {}
      const self = channel.kind === 'bot' ? { user_id, connection_id, expires_at } : {}
      this.send({ type: 'subscribed', data: { ...about, ...inbox, ...self, channel: channel.name, ...place }, ...(id === undefined ? {} : { id }) })
    } else {
      const inbox = this.kind === 'notifications' ? { unread: unread(this.world, user_id) } : {}
      this.send({ type: 'connection_established', data: { connection_type: this.kind, ...about, user_id, connection_id, ...place, expires_at, ...inbox } })
    }
  }

  /** @param {Bot} bot */
  #company(bot) {
    const { world, user_id } = this
    const online = world.live.online(bot.id, user_id)
    const read = sessionsOf(world, bot, user_id).slice(0, SESSIONS).flatMap(({ id }) =>
      [...(world.read.get(id) ?? [])].map(([user, message_id]) => ({ session_id: id, user_id: user, message_id })))
    return { bot_id: bot.id, bot_name: bot.name, role: world.roleOn(bot, user_id), online: online.slice(0, ONLINE), online_count: online.length, read }
  }

  /**
   * Replay and the live events after it, without anything between the two.
   * @param {Channel} channel
   * @param {Stream} stream
   * @param {Range | null} range
   */
  #follow(channel, stream, range) {
    if (range) {
      const { events, from, to, complete } = stream.replay(this.user_id, range.since, range.epoch, this.world.replayLimit)
      const own = channel.kind === 'session' ? events.filter((event) => sessionOf(event) === channel.session_id) : events
      for (const event of own) this.send(this.#labelled(replayed(this.world, this.user_id, event), channel))
      const about = channel.bot_id ? { bot_id: channel.bot_id } : {}
      this.send(this.#labelled({ type: 'replay_complete', ...about, data: { from, to, complete } }, channel))
    }
    const id = streamOf(channel, this.user_id) ?? ''
    if (this.#following.has(id)) return
    /** @param {Entry} entry */
    const listener = (entry) => Stream.visible(entry, this.user_id) && this.#give(id, entry.frame)
    stream.listeners.add(listener)
    this.#following.set(id, () => stream.listeners.delete(listener))
  }

  /** A live event, once. @param {string} stream @param {Json} frame */
  #give(stream, frame) {
    const channels = this.#channelsOf(stream)
    // Whatever else somebody listens to: they are told why nothing more comes.
    const way = channels.find((one) => concerns(one, frame.type, sessionOf(frame))) ?? (this.#ends(frame) ? channels[0] : undefined)
    if (way) this.send(this.#labelled(frame, way))
    if (frame.type === 'session_deleted') this.#lose(channels.filter(({ session_id }) => session_id === sessionOf(frame)))
  }

  /** Whether an event ends this person's access to its stream. @param {Json} frame */
  #ends({ type, bot_id, data }) {
    if (type === 'permission_change') return data.action === 'revoked' && data.target_user_id === this.user_id
    return type === 'bot_update' && (data.update_type === 'deleted' || (data.update_type === 'suspended' && !this.#owns(bot_id)))
  }

  /** @param {string} bot_id */
  #owns(bot_id) {
    const bot = this.world.bots.get(bot_id)
    return bot !== undefined && !bot.deleted && this.world.roleOn(bot, this.user_id) === 'owner'
  }

  /** @param {readonly Channel[]} channels that are withdrawn; the event that says so went before */
  #lose(channels) {
    for (const { name } of channels) {
      this.leave(name)
      this.send({ type: 'unsubscribed', data: { channel: name, code: 'access_withdrawn' } })
    }
  }

  /** Answers in the middle, whole so far. @param {Bot} bot @param {string | null} session */
  #catchUp(bot, session) {
    for (const going of answersOf(this.world, bot.id, this.user_id)) {
      if (session && going.session_id !== session) continue
      this.signal(bot.id, 'answer_status', statusData(going))
      const { message_id, session_id, content } = going
      if (content) this.signal(bot.id, 'chat_message_delta', { message_id, session_id, offset: 0, content })
    }
  }

  /** @param {string} name @returns {boolean} whether there was one */
  leave(name) {
    const channel = this.channels.get(name)
    if (!channel) return false
    this.channels.delete(name)
    const stream = streamOf(channel, this.user_id)
    if (stream && !this.#channelsOf(stream).length) {
      this.#following.get(stream)?.()
      this.#following.delete(stream)
    }
    if (channel.bot_id && !this.hasBot(channel.bot_id)) this.world.live.left(this, channel.bot_id)
    return true
  }

  /** The person may not have this bot any more; the event that says so went before. @param {string} bot_id */
  withdraw(bot_id) {
    if (this.#owns(bot_id) || !this.hasBot(bot_id)) return
    if (this.kind === 'chat') this.close(4003)
    else this.#lose(this.#channelsOf(bot_id))
  }

  // ---- what it hears

  /** @param {string} text */
  receive(text) {
    if (!this.closed) hear(this, text)
  }
}
