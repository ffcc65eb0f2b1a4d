// Sessions, messages and read markers. Whoever may not read a session is not told that it is there.

import { ask } from './answers.js'
import { notify } from './notifications.js'
import { authorOnly, invalid, roleNeeded, sessionClosed } from './problems.js'
import { World } from './world.js'

/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').User} User */

const CONTENT = 64 * 1024

/** @param {Session} session */
export function sessionData(session) {
  return { ...session }
}

/**
 * @param {World} world
 * @param {Session} session
 * @param {string} user
 */
export function sessionView(world, session, user) {
  const messages = world.messages.get(session.id) ?? []
  const markers = world.read.get(session.id) ?? new Map()
  const own = markers.get(user)
  const unread = messages.filter(({ id, user_id }) => user_id !== user && (!own || id > own)).length
  const read = [...markers].map(([user_id, message_id]) => ({ user_id, message_id }))
  return { ...session, message_count: messages.length, unread, read }
}

/** @param {Message} message */
export function messageView(message) {
  return { ...message, message_id: message.id }
}

/** @param {Message} message */
export function messageData({ id, bot_id: _, edited_at, ...message }) {
  return { message_id: id, ...message, ...(edited_at ? { edited_at } : {}) }
}

/**
 * The sessions of a bot that a person may read, newest first.
 * @param {World} world
 * @param {Bot} bot
 * @param {string} user
 */
export function sessionsOf(world, bot, user) {
  return [...world.sessions.values()]
    .filter(({ bot_id, visibility, created_by }) => bot_id === bot.id && (visibility === 'shared' || created_by === user))
    .reverse()
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {Json} body
 */
export function createSession(world, user, bot, { title = '', visibility = 'shared', auto_reply = true }) {
  if (visibility !== 'shared' && visibility !== 'private') throw invalid(['visibility', 'must be one of: shared, private'])
  const at = world.time()
  /** @type {Session} */
  const session = {
    id: world.id(), bot_id: bot.id, title: title || 'New conversation', visibility, status: 'open', auto_reply, created_by: user.id,
    username: user.username, created_at: at, updated_at: at,
  }
  world.sessions.set(session.id, session)
  world.messages.set(session.id, [])
  world.record(bot, 'session_created', { session: sessionData(session) }, World.privateTo(session))
  return session
}

/**
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot, role: Role}} where
 * @param {Json} body
 */
export function changeSession(world, user, { session, bot, role }, body) {
  if (session.created_by !== user.id && role === 'viewer') throw roleNeeded('editor')
  const unknown = Object.keys(body).filter((field) => !['title', 'status', 'auto_reply'].includes(field))
  if (unknown.length) throw invalid(...unknown.map((field) => /** @type {[string, string]} */ ([field, 'is no field of this request'])))
  for (const field of /** @type {const} */ (['title', 'status', 'auto_reply'])) {
    if (body[field] !== undefined) /** @type {any} */ (session)[field] = body[field]
  }
  session.updated_at = world.time()
  world.record(bot, 'session_updated', { session: sessionData(session) }, World.privateTo(session))
}

/**
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot, role: Role}} where
 */
export function deleteSession(world, user, { session, bot, role }) {
  if (session.created_by !== user.id && role === 'viewer') throw roleNeeded('editor')
  for (const answer of [...world.answers.values()]) if (answer.session_id === session.id) answer.stop()
  world.sessions.delete(session.id)
  for (const { id } of world.messages.get(session.id) ?? []) world.stream(bot.id).redact(id, null)
  world.stream(bot.id).redactSession(session.id)
  world.messages.delete(session.id)
  world.record(bot, 'session_deleted', { session: { id: session.id } }, World.privateTo(session))
}

/** @param {unknown} content */
function checkContent(content) {
  if (content === undefined || content === null) throw invalid(['content', 'is required'])
  if (typeof content !== 'string') throw invalid(['content', 'must be a string'])
  if (!content) throw invalid(['content', 'must not be empty'])
  if (new TextEncoder().encode(content).length > CONTENT) throw invalid(['content', 'must have at most 65536 bytes'])
}

/**
 * Posts, tells whom it mentions, and asks the bot when it is meant.
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot}} where
 * @param {Json} body
 */
export function post(world, user, { session, bot }, { content, reply, mentions = [] }) {
  checkContent(content)
  if (session.status === 'closed') throw sessionClosed()
  const message = add(world, bot, session, { user_id: user.id, username: user.username, role: 'user', content, metadata: {} })
  const named = [...content.matchAll(/@([\p{L}\p{N}._-]{3,32})/gu)].map(([, name]) => world.userNamed(name)?.id)
  for (const id of new Set([...mentions, ...named])) {
    const readable = id && id !== user.id && world.roleOn(bot, id) && (session.visibility === 'shared' || session.created_by === id)
    if (!readable) continue
    const what = { title: `${user.username} mentioned you`, message: `${user.username} mentioned you in a conversation of ${bot.name}.` }
    notify(world, id, 'mention', { ...what, bot, action: 'mentioned', details: { message_id: message.id, session_id: session.id } })
  }
  const called = content.includes('@bot') || content.toLowerCase().includes(`@${bot.name.toLowerCase()}`)
  const wanted = reply ?? (session.auto_reply || called)
  const message_id = wanted ? ask(world, bot, session, message) : null
  return { message: messageView(message), answer: message_id ? { message_id } : null }
}

/**
 * @param {World} world
 * @param {Bot} bot
 * @param {Session} session
 * @param {Pick<Message, 'user_id' | 'username' | 'role' | 'content' | 'metadata'> & {id?: string}} what
 */
export function add(world, bot, session, what) {
  const at = world.time()
  const message = /** @type {Message} */ ({ id: what.id ?? world.id(), session_id: session.id, bot_id: bot.id, ...what, timestamp: at, edited_at: null })
  world.messages.get(session.id)?.push(message)
  session.updated_at = at
  world.record(bot, 'chat_message', messageData(message), World.privateTo(session))
  return message
}

/**
 * @param {World} world
 * @param {User} user
 * @param {{message: Message, session: Session, bot: Bot}} where
 * @param {Json} body
 */
export function editMessage(world, user, { message, session, bot }, { content }) {
  checkContent(content)
  if (message.user_id !== user.id) throw authorOnly()
  message.content = content
  message.edited_at = world.time()
  world.stream(bot.id).redact(message.id, content)
  world.record(bot, 'chat_message_updated', messageData(message), World.privateTo(session))
}

/**
 * @param {World} world
 * @param {User} user
 * @param {{message: Message, session: Session, bot: Bot, role: Role}} where
 */
export function deleteMessage(world, user, { message, session, bot, role }) {
  if (message.user_id !== user.id && role === 'viewer') throw roleNeeded('editor')
  const left = (world.messages.get(session.id) ?? []).filter(({ id }) => id !== message.id)
  world.messages.set(session.id, left)
  // A marker that stood at it stands at what is before it.
  for (const [reader, marker] of world.read.get(session.id) ?? []) {
    if (marker !== message.id) continue
    const before = left.filter(({ id }) => id < message.id).at(-1)
    if (before) world.read.get(session.id)?.set(reader, before.id)
    else world.read.get(session.id)?.delete(reader)
  }
  world.stream(bot.id).redact(message.id, null)
  const data = { message_id: message.id, session_id: session.id, deleted_by: user.id }
  world.record(bot, 'chat_message_deleted', data, World.privateTo(session))
}

/**
 * A page of messages, oldest to newest.
 * @param {World} world
 * @param {Session} session
 * @param {{before?: string | null, after?: string | null, limit: number}} page
 */
export function listMessages(world, session, { before, after, limit }) {
  if (before && after) throw invalid(['after', 'cannot go with before'])
  const all = world.messages.get(session.id) ?? []
  if (after) return all.filter(({ id }) => id > after).slice(0, limit).map(messageView)
  return all.filter(({ id }) => !before || id < before).slice(-limit).map(messageView)
}

/**
 * Moves a read marker, never backwards. Gives the one that stands.
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot}} where
 * @param {string} message_id
 */
export function markRead(world, user, { session, bot }, message_id) {
  const there = (world.messages.get(session.id) ?? []).some(({ id }) => id === message_id)
  if (!there) throw invalid(['message_id', 'is no message of this session'])
  const markers = world.read.get(session.id) ?? new Map()
  world.read.set(session.id, markers)
  const before = markers.get(user.id)
  if (before && before >= message_id) return { session_id: session.id, message_id: before }
  markers.set(user.id, message_id)
  const data = { session_id: session.id, user_id: user.id, message_id }
  for (const peer of [...world.peers]) peer.signal(bot.id, 'read_receipt', data, World.privateTo(session))
  return { session_id: session.id, message_id }
}
