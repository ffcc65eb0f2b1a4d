// What a client may send on a socket, parsed as strictly as the server does it, and limited in number.

import { markRead } from './chat.js'
import { replayed } from './notifications.js'
import { Problem } from './problems.js'

/** @typedef {import('./peer.js').Peer} Peer */
/** @typedef {import('./peer.js').Range} Range */
/** @typedef {import('./types.js').Json} Json */

const PER_SECOND = 20
const BURST = 40
const DISCARDED = 100
const WINDOW = 10_000
const CHANNELS = 200
const ECHOED = 64
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

class Refusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message)
    this.code = code
  }
}
/** @param {string} message */
const invalid = (message) => new Refusal('invalid_message', message)
const unknown = () => new Refusal('not_found', 'not found')

/** @param {Peer} peer @param {string} text */
export function hear(peer, text) {
  if (!admitted(peer)) return
  /** @type {{id?: string, channel?: string}} */
  let head = {}
  try {
    const frame = parse(text)
    head = headOf(peer, frame)
    peer.world.happened({ kind: 'frame', direction: 'in', path: peer.path, username: peer.username, frame: withoutToken(frame) })
    answer(peer, frame, head)
  } catch (error) {
    if (error instanceof Refusal) peer.refuse(error.code, error.message, head)
    else if (error instanceof Problem) peer.refuse(error.status === 403 ? 'access_denied' : 'not_found', 'not found', head)
    else throw error
  }
}

/** Twenty a second, forty at once; the hundredth that is discarded within ten seconds ends the socket. @param {Peer} peer */
function admitted(peer) {
  const { budget, world } = peer
  const now = world.now()
  budget.left = Math.min(BURST, budget.left + ((now - budget.at) / 1000) * PER_SECOND)
  budget.at = now
  if (budget.left >= 1) {
    budget.left -= 1
    budget.warned = false
    return true
  }
  budget.discarded = [...budget.discarded.filter((at) => now < at + WINDOW), now]
  if (budget.discarded.length >= DISCARDED) peer.close(4029)
  else if (!budget.warned) peer.refuse('rate_limited', 'too many frames; the excess is discarded')
  budget.warned = true
  return false
}

/** @param {string} text @returns {Json} */
function parse(text) {
  let frame
  try {
    frame = JSON.parse(text)
  } catch {
    throw new Refusal('invalid_json', 'not JSON')
  }
  if (frame === null || typeof frame !== 'object' || Array.isArray(frame)) throw invalid('a frame is an object')
  return frame
}

/** @param {Peer} peer @param {Json} frame */
function headOf(peer, frame) {
  const channel = peer.kind === 'multi' && typeof frame.channel === 'string' ? frame.channel : undefined
  return { id: echoed(frame, 'id'), channel }
}

/** @param {Json} frame */
function withoutToken(frame) {
  return frame.type === 'auth' ? { ...frame, data: { token: '…' } } : frame
}

/** @param {Json} frame @param {'id' | 'timestamp'} field @returns {string | undefined} */
function echoed(frame, field) {
  const text = frame[field]
  if (text !== undefined && (typeof text !== 'string' || [...text].length > ECHOED)) throw invalid('id and timestamp are strings of at most 64 characters')
  return text
}

/** @param {Peer} peer @param {Json} frame @param {{id?: string, channel?: string}} head */
function answer(peer, frame, head) {
  if (typeof frame.type !== 'string') throw invalid('type must be a string')
  const ofChannels = peer.kind === 'multi' ? CHANNEL_REQUESTS[frame.type] : undefined
  if (ofChannels) return ofChannels(peer, data(frame), head)
  const signal = SIGNALS[frame.type]
  const everywhere = frame.type === 'ping' || frame.type === 'auth'
  if (!signal || (peer.kind === 'notifications' && !everywhere)) throw new Refusal('unknown_type', 'this socket takes no such type')
  const byChannel = ['typing', 'viewing', 'read'].includes(frame.type)
  if (peer.kind === 'multi' && byChannel && head.channel === undefined) throw invalid('channel must be a string')
  signal(peer, frame, head)
}

/** @param {Json} frame @returns {Json} */
function data(frame) {
  if (frame.data === null || typeof frame.data !== 'object' || Array.isArray(frame.data)) throw invalid('data must be an object')
  return frame.data
}

/** @type {Record<string, ((peer: Peer, frame: Json, head: {id?: string, channel?: string}) => void) | undefined>} */
const SIGNALS = {
  ping(peer, frame, { id }) {
    const timestamp = echoed(frame, 'timestamp') ?? peer.world.time()
    const own = [...peer.channels.values()][0]
    const seq = peer.kind === 'multi' ? {} : { seq: peer.world.stream(own?.bot_id ?? peer.user_id).head }
    peer.send({ type: 'pong', timestamp, ...seq, ...(id === undefined ? {} : { id }) })
  },
  auth(peer, frame, { id }) {
    const { token } = data(frame)
    if (typeof token !== 'string') throw invalid('data.token must be a string')
    try {
      const access = peer.world.authenticate(token)
      if (access.user_id !== peer.user_id) return peer.close(4001)
      peer.renew(access)
    } catch {
      return peer.close(4001)
    }
    peer.send({ type: 'authenticated', data: { expires_at: peer.expires_at }, ...(id === undefined ? {} : { id }) })
  },
  typing(peer, frame, head) {
    const { is_typing, session_id } = data(frame)
    if (typeof is_typing !== 'boolean') throw invalid('data.is_typing must be true or false')
    const place = placeOf(peer, head, session(session_id))
    peer.world.live.typing(peer, place.bot_id, place.session_id, is_typing)
  },
  viewing(peer, frame, head) {
    const about = data(frame)
    if (!('session_id' in about)) throw invalid('data.session_id must be an id or null')
    const { bot_id } = placeOf(peer, head, session(about.session_id))
    peer.world.live.viewing(peer, bot_id, session(about.session_id))
  },
  read(peer, frame, head) {
    const { session_id, message_id } = data(frame)
    if (!UUID.test(session_id) || !UUID.test(message_id)) throw invalid('data.session_id and data.message_id must be ids')
    placeOf(peer, head, session_id)
    const user = peer.world.users.get(peer.user_id)
    try {
      if (user) markRead(peer.world, user, peer.world.session(user.id, session_id), message_id)
    } catch {
      throw unknown()
    }
  },
}

/** @param {unknown} value @returns {string | null} */
function session(value) {
  if (value === undefined || value === null) return null
  if (typeof value !== 'string' || !UUID.test(value)) throw invalid('data.session_id must be an id or null')
  return value
}

/**
 * The bot that a frame is about, and the session, if the person may read it and it is of that bot.
 * @param {Peer} peer
 * @param {{channel?: string}} head
 * @param {string | null} session_id
 */
function placeOf(peer, { channel: name }, session_id) {
  const channel = peer.kind === 'multi' ? peer.channels.get(name ?? '') : [...peer.channels.values()][0]
  if (!channel?.bot_id) throw unknown()
  const about = session_id ?? channel.session_id
  if (channel.session_id && about !== channel.session_id) throw unknown()
  if (about !== null && peer.world.session(peer.user_id, about).bot.id !== channel.bot_id) throw unknown()
  return { bot_id: channel.bot_id, session_id: about }
}

/** @type {Record<string, ((peer: Peer, data: Json, head: {id?: string}) => void) | undefined>} */
const CHANNEL_REQUESTS = {
  subscribe(peer, { channels }, { id }) {
    const wrong = invalid('data.channels must be a list of 1 to 1000 objects with a channel each')
    if (!Array.isArray(channels) || !channels.length || channels.length > 1000) throw wrong
    if (channels.some((wanted) => typeof wanted?.channel !== 'string')) throw wrong
    const ranges = channels.map(rangeOf)
    for (const [n, { channel }] of channels.entries()) {
      try {
        subscribe(peer, channel, ranges[n], id)
      } catch (error) {
        const refusal = error instanceof Refusal ? error : unknown()
        peer.refuse(refusal.code, refusal.message, { id, channel })
      }
    }
  },
  unsubscribe(peer, { channels }, { id }) {
    const wrong = invalid('data.channels must be a list of 1 to 1000 channels')
    if (!Array.isArray(channels) || !channels.length || channels.some((name) => typeof name !== 'string')) throw wrong
    for (const channel of channels) {
      if (peer.leave(channel)) peer.send({ type: 'unsubscribed', data: { channel }, ...(id === undefined ? {} : { id }) })
      else peer.refuse('not_found', 'not found', { id, channel })
    }
  },
  request_history(peer, about, { id }) {
    if (typeof about.channel !== 'string') throw invalid('data.channel must be a channel')
    const limit = about.limit ?? 50
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid('data.limit must be a number from 1 to 100')
    const { kind, id: of } = wantedOf(about.channel)
    const { bot } = kind === 'session' ? peer.world.session(peer.user_id, of) : { bot: kind === 'bot' ? peer.world.bot(peer.user_id, of) : null }
    if (kind === 'silent') throw unknown()
    const { since, epoch } = rangeOf(about) ?? { since: 0 }
    const page = peer.world.stream(bot?.id ?? peer.user_id).page(peer.user_id, since, epoch, limit)
    /** @param {Json} frame */
    const concerns = (frame) => kind !== 'session' || of === (frame.data.session_id ?? frame.data.session?.id)
    const events = page.events.filter(concerns).map((event) => ({ ...replayed(peer.world, peer.user_id, event), channel: about.channel }))
    peer.send({ type: 'history', data: { ...page, channel: about.channel, events }, ...(id === undefined ? {} : { id }) })
  },
  update_filter(peer, { channel: name, filter }, { id }) {
    if (typeof name !== 'string') throw invalid('data.channel must be a channel')
    if (filter === null || typeof filter !== 'object') throw invalid('data.filter must be an object')
    const channel = peer.channels.get(name)
    if (!channel) throw unknown()
    channel.types = Array.isArray(filter.types) ? filter.types : null
    peer.send({ type: 'filter_updated', data: { channel: name, filter }, ...(id === undefined ? {} : { id }) })
  },
}

/** @param {Peer} peer @param {string} name @param {Range | null} range @param {string} [id] */
function subscribe(peer, name, range, id) {
  const wanted = wantedOf(name)
  if (!peer.channels.has(name) && peer.channels.size >= CHANNELS) throw new Refusal('too_many_channels', 'too many channels')
  peer.enter({ name, ...wanted }, range, id)
}

/** @param {string} name @returns {{kind: 'bot' | 'session' | 'notifications' | 'silent', id: string}} */
function wantedOf(name) {
  const [kind, id = ''] = name.split(':')
  if ((kind === 'bot' || kind === 'session') && id) return { kind, id }
  if (name === 'notifications') return { kind: 'notifications', id: '' }
  // Background work is not mocked: the channel is there, and quiet.
  if (name === 'tasks') return { kind: 'silent', id: '' }
  throw unknown()
}

/** @param {Json} wanted @returns {Range | null} */
function rangeOf({ since, epoch }) {
  if (epoch !== undefined && epoch !== null && typeof epoch !== 'string') throw invalid('epoch must be a string')
  if (since === undefined || since === null) return null
  if (typeof since !== 'number') throw invalid('since must be a number')
  return { since: Number.isInteger(since) && since >= 0 ? since : null, epoch: epoch ?? undefined }
}
