// What events do to the people of a bot: members and roles, who is online and where, who is typing; and how one loses the
// bot oneself. Presence, typing and read marks (unread.js) are told anew by the greeting of each connection.

import { only, patch, put, share, upsert } from './lists.js'
import { emptyModel } from './empty.js'
import { hideMarks, moveMark, showMarks } from './unread.js'

/** @import { Bot, BotModel, Frame, GoneReason, Member, OnlinePerson, Role } from './types.js' */

/** What only editors and owners see of a bot. */
export const CONFIGURATION = /** @type {const} */ (['instructions', 'model', 'settings'])

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function permissionChanged(model, { data, timestamp }) {
  const { target_user_id: user_id, action, details } = data
  if (action !== 'revoked') {
    const { username, role, granted_by, granted_at, expires_at } = details
    return putMember(model, { user_id, username, role, granted_by, granted_at, expires_at })
  }
  const next = dropMember(model, user_id)
  if (user_id !== model.me?.user_id) return next
  const by = named(model, details.granted_by)
  return lose(next, { kind: details.reason ?? 'revoked', by, at: timestamp ?? null })
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function botUpdated(model, { data, timestamp = '' }) {
  const { details } = data
  const by = named(model, data.updated_by)
  switch (data.update_type) {
    case 'config':
      return configChanged(model, details, timestamp)
    case 'ownership':
      return ownerChanged(model, details)
    case 'suspended':
    case 'deleted':
      return lose(model, { kind: data.update_type, by, at: timestamp })
    default:
      // `created` and `resumed` change nothing for whoever is here to read them.
      return model
  }
}

/**
 * @param {BotModel} model
 * @param {{ name: string, description: string, version: number, changed: string[] }} details
 * @param {string} updated_at
 */
function configChanged(model, { name, description, version, changed }, updated_at) {
  // What REST brought meanwhile may be newer than the event.
  if (!model.bot || model.bot.version >= version) return model
  const bot = { ...model.bot, name, description, version, updated_at }
  const hidden = changed.some((field) => /** @type {readonly string[]} */ (CONFIGURATION).includes(field))
  const next = { ...model, bot }
  return hidden && mayConfigure(model.role) ? staleConfig(next) : next
}

/**
 * @param {BotModel} model
 * @param {{ from: string | null, to: string, to_username: string, granted_by: string | null, granted_at: string }} details
 */
function ownerChanged(model, { from, to, to_username, granted_by, granted_at }) {
  let next = model
  // An administrator who calls takes it from nobody.
  for (const [user_id, role] of [[to, 'owner'], [from, 'editor']]) {
    if (!user_id || !role) continue
    const known = next.members.find((member) => member.user_id === user_id)
    const username = known?.username ?? to_username
    next = putMember(next, { user_id, username, role, granted_by, granted_at, expires_at: null })
  }
  return next
}

/**
 * @param {BotModel} model
 * @param {Member} member
 */
function putMember(model, member) {
  const members = upsert(model.members, member, (row) => row.user_id, 'rising')
  const next = showMarks(withOwners({ ...model, members }), member.user_id)
  return member.user_id === model.me?.user_id ? setRole(next, /** @type {Role} */ (member.role)) : next
}

/**
 * @param {BotModel} model
 * @param {string} user_id
 */
function dropMember(model, user_id) {
  return hideMarks(withOwners({ ...model, members: only(model.members, (member) => member.user_id !== user_id) }), user_id)
}

/**
 * @param {BotModel} model
 * @returns {BotModel}
 */
function withOwners(model) {
  if (!model.bot) return model
  const owners = model.members
    .filter((member) => member.role === 'owner')
    .map(({ user_id, username }) => ({ user_id, username }))
  return { ...model, bot: patch(model.bot, { owners: share(model.bot.owners, owners) }) }
}

/**
 * One's own role: who becomes an editor has the configuration to load, who is one no more loses it.
 * @param {BotModel} model
 * @param {Role} role
 * @returns {BotModel}
 */
export function setRole(model, role) {
  if (role === model.role) return model
  const next = { ...model, role, bot: model.bot && { ...model.bot, role } }
  if (mayConfigure(role)) return mayConfigure(model.role) ? next : staleConfig(next)
  return { ...next, bot: next.bot && withoutConfig(next.bot), book: { ...next.book, configStale: false } }
}

/** @param {Role | null} role */
export function mayConfigure(role) {
  return role === 'editor' || role === 'owner'
}

/**
 * @param {BotModel} model
 * @returns {BotModel}
 */
function staleConfig(model) {
  return { ...model, book: patch(model.book, { configStale: true }) }
}

/**
 * @param {Bot} bot
 * @returns {Bot}
 */
function withoutConfig(bot) {
  const { instructions: _1, model: _2, settings: _3, ...rest } = bot
  return rest
}

/**
 * The configuration as an editor loads it. An older version than the known one is no use: one is asked for again.
 * @param {BotModel} model
 * @param {Bot} bot
 * @returns {BotModel}
 */
export function configLoaded(model, bot) {
  if (!model.bot || !mayConfigure(model.role) || bot.version < model.bot.version) return model
  const { owners, role } = model.bot
  const book = patch(model.book, { configStale: bot.instructions === undefined })
  return { ...model, bot: share(model.bot, { ...bot, owners, role }), book }
}

/**
 * The bot is out of reach: what one may see no more is let go; the name stays, to be told what was lost.
 * @param {BotModel} model
 * @param {GoneReason} reason  What an event told stands; a guess gives way to it.
 * @param {string} [code]
 * @returns {BotModel}
 */
export function lose(model, reason, code = 'access_withdrawn') {
  return {
    ...emptyModel(model.me),
    status: 'gone',
    code,
    reason: model.reason?.at ? model.reason : reason,
    bot: model.bot && withoutConfig({ ...model.bot, role: null }),
    members: model.members,
    waiting: model.waiting,
    seq: model.seq,
  }
}

/**
 * @param {BotModel} model
 * @param {string | null | undefined} user_id
 */
function named(model, user_id) {
  if (!user_id) return null
  const username = model.members.find((member) => member.user_id === user_id)?.username ?? null
  return { user_id, username }
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function presenceChanged(model, { data: { user_id, username, status, session_id = null } }) {
  if (status === 'offline') {
    const online = only(model.online, (person) => person.user_id !== user_id)
    return stopTyping(patch(model, { online }), user_id)
  }
  return patch(model, { online: putPerson(model.online, { user_id, username, session_id }) })
}

/**
 * @param {readonly OnlinePerson[]} online
 * @param {OnlinePerson} person
 */
function putPerson(online, person) {
  const known = online.find((other) => other.user_id === person.user_id)
  return upsert(online, known ? patch(known, person) : person, (row) => row.user_id, 'rising')
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function typingChanged(model, { data: { user_id, username, session_id, is_typing } }) {
  if (!is_typing) return stopTyping(model, user_id, session_id)
  const typists = model.typing[session_id ?? ''] ?? []
  if (typists.some((person) => person.user_id === user_id)) return model
  return { ...model, typing: put(model.typing, session_id ?? '', [...typists, { user_id, username }]) }
}

/**
 * @param {BotModel} model
 * @param {string | null} user_id
 * @param {string | null} [session_id]  Absent: in all of them. Null: in no certain one.
 * @returns {BotModel}
 */
export function stopTyping(model, user_id, session_id) {
  let { typing } = model
  const places = session_id === undefined ? Object.keys(typing) : [session_id ?? '']
  for (const place of places) {
    if (!typing[place]) continue
    const left = only(typing[place], (person) => person.user_id !== user_id)
    typing = put(typing, place, left.length ? left : undefined)
  }
  return patch(model, { typing })
}

/**
 * The greeting of a new connection: who is there now, and the marks of the newest sessions. Nobody is typing until told.
 * @param {BotModel} model
 * @param {Frame} frame  Its data is that of `connection_established` or of `subscribed`.
 */
export function greeted(model, { data }) {
  let next = patch(model, { typing: {} })
  if (data.online) {
    const online = data.online.toSorted((/** @type {any} */ a, /** @type {any} */ b) => (a.user_id < b.user_id ? -1 : 1))
    next = patch(next, { online: share(next.online, online) })
  }
  for (const { session_id, user_id, message_id } of data.read ?? []) next = moveMark(next, session_id, user_id, message_id)
  return next
}
