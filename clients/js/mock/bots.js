// Bots and who may do what with them. Loss of a role is an event; the person concerned still gets it, then nothing more.

import { notify } from './notifications.js'
import { invalid, lastOwner, notFound, Problem } from './problems.js'
import { ROLES } from './world.js'

/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Grant} Grant */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./world.js').World} World */

const FIELDS = /** @type {const} */ (['name', 'description', 'instructions', 'model', 'settings'])

/**
 * @param {World} world
 * @param {Bot} bot
 * @param {string} user
 */
export function botView(world, bot, user) {
  const role = world.roleOn(bot, user)
  const owners = [...bot.grants.values()].filter((grant) => grant.role === 'owner').map(({ user_id }) => ({ user_id, username: nameOf(world, user_id) }))
  const { id, name, description, version, created_at, updated_at } = bot
  const inside = role === 'viewer' ? {} : { instructions: bot.instructions, model: bot.model, settings: bot.settings }
  return { id, name, description, ...inside, version, role, owners, created_at, updated_at }
}

/**
 * @param {World} world
 * @param {Grant} grant
 */
export function grantView(world, grant) {
  return { ...grant, username: nameOf(world, grant.user_id) }
}

/**
 * @param {World} world
 * @param {string} id
 */
function nameOf(world, id) {
  return world.users.get(id)?.username ?? ''
}

/** @param {Json} body @param {boolean} needed */
function checkFields(body, needed) {
  const errors = /** @type {Array<[string, string]>} */ ([])
  for (const field of Object.keys(body)) {
    if (!(/** @type {readonly string[]} */ (FIELDS).includes(field))) errors.push([field, 'is no field of this request'])
  }
  if (body.name === undefined && needed) errors.push(['name', 'is required'])
  else if (body.name !== undefined && !String(body.name).trim()) errors.push(['name', 'must not be empty'])
  else if (String(body.name ?? '').length > 200) errors.push(['name', 'must have at most 200 characters'])
  if (errors.length) throw invalid(...errors)
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Json} body
 */
export function createBot(world, user, body) {
  checkFields(body, true)
  const at = world.time()
  /** @type {Bot} */
  const bot = {
    id: world.id(), name: body.name.trim(), description: body.description ?? '', instructions: body.instructions ?? '',
    model: body.model ?? '', settings: body.settings ?? {}, version: 1, created_at: at, updated_at: at, suspended: false,
    deleted: false, grants: new Map([[user.id, { user_id: user.id, role: 'owner', granted_by: user.id, granted_at: at, expires_at: null }]]),
  }
  world.bots.set(bot.id, bot)
  const details = { name: bot.name, description: bot.description, version: 1 }
  world.record(bot, 'bot_update', { update_type: 'created', details, updated_by: user.id })
  return bot
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {Json} body
 * @param {string | null} [ifMatch]
 */
export function changeBot(world, user, bot, body, ifMatch) {
  checkFields(body, false)
  if (ifMatch && ifMatch !== `"${bot.version}"`) {
    throw new Problem(412, 'stale_version', 'The bot was changed since; see `current`.', { current: botView(world, bot, user.id) })
  }
  const changed = FIELDS.filter((field) => body[field] !== undefined && JSON.stringify(body[field]) !== JSON.stringify(bot[field]))
  if (!changed.length) return
  Object.assign(bot, Object.fromEntries(changed.map((field) => [field, body[field]])))
  bot.version += 1
  bot.updated_at = world.time()
  const { name, description, version } = bot
  world.record(bot, 'bot_update', { update_type: 'config', details: { name, description, version, changed }, updated_by: user.id })
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 */
export function deleteBot(world, user, bot) {
  bot.deleted = true
  for (const answer of [...world.answers.values()]) if (answer.bot_id === bot.id) answer.stop()
  world.record(bot, 'bot_update', { update_type: 'deleted', details: { name: bot.name }, updated_by: user.id })
  const others = [...bot.grants.keys()].filter((id) => id !== user.id)
  for (const peer of [...world.peers]) peer.withdraw(bot.id)
  for (const id of others) {
    notify(world, id, 'bot_update', { title: `${bot.name} was deleted`, message: `${user.username} deleted ${bot.name} and everything in it.`, bot, action: 'deleted' })
  }
}

/**
 * Suspends or resumes; everyone but the owners loses sight of it meanwhile.
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {boolean} suspended
 */
export function suspendBot(world, user, bot, suspended) {
  if (bot.suspended === suspended) return
  bot.suspended = suspended
  world.record(bot, 'bot_update', { update_type: suspended ? 'suspended' : 'resumed', details: {}, updated_by: user.id })
  if (suspended) for (const peer of [...world.peers]) peer.withdraw(bot.id)
}

/**
 * Grants or changes a role. Resolves whether it is a new one.
 * @param {World} world
 * @param {User | null} by
 * @param {Bot} bot
 * @param {User | undefined} user
 * @param {Role} role
 * @param {string | null} [expires_at] absent keeps
 */
export function grant(world, by, bot, user, role, expires_at) {
  checkRole(world, role, expires_at)
  if (!user) {
    const errors = [{ field: 'user_id', message: 'is nobody whom this can be given to' }]
    throw new Problem(422, 'unknown_user', 'There is no such person to give this to.', { errors })
  }
  const before = bot.grants.get(user.id)
  if (before?.role === 'owner' && role !== 'owner') keepOwner(bot, user.id)
  const granted = /** @type {Grant} */ ({
    user_id: user.id, role, granted_by: by?.id ?? null, granted_at: world.time(),
    expires_at: expires_at === undefined ? (before?.expires_at ?? null) : expires_at,
  })
  bot.grants.set(user.id, granted)
  tellChange(world, bot, user, before ? 'updated' : 'granted', granted)
  if (granted.expires_at) {
    // Whoever has a newer role by then keeps it.
    const end = () => bot.grants.get(user.id) === granted && !bot.deleted && revoke(world, null, bot, user.id)
    world.later(end, Date.parse(granted.expires_at) - world.now())
  }
  if (by?.id !== user.id) {
    const title = before ? `Your role on ${bot.name} changed` : `${bot.name} was shared with you`
    const details = { role, expires_at: granted.expires_at }
    const message = `${by?.username ?? 'The server'} made you ${role} of ${bot.name}.`
    notify(world, user.id, 'permission_change', { title, message, bot, action: before ? 'updated' : 'granted', details })
  }
  return { grant: granted, isNew: !before }
}

/** @param {World} world @param {Role} role @param {string | null | undefined} expires_at */
function checkRole(world, role, expires_at) {
  const errors = /** @type {Array<[string, string]>} */ ([])
  if (!ROLES.includes(role)) errors.push(['role', 'must be one of: viewer, editor, owner'])
  if (expires_at && Number.isNaN(Date.parse(expires_at))) errors.push(['expires_at', 'must be a time in RFC 3339'])
  else if (expires_at && Date.parse(expires_at) <= world.now()) errors.push(['expires_at', 'must be in the future'])
  else if (expires_at && role === 'owner') errors.push(['expires_at', "an owner's role has no end date"])
  if (errors.length) throw invalid(...errors)
}

/**
 * @param {World} world
 * @param {User | null} by null: it expired
 * @param {Bot} bot
 * @param {string} id
 */
export function revoke(world, by, bot, id) {
  const [before, user] = [bot.grants.get(id), world.users.get(id)]
  if (!before || !user) throw notFound('permission')
  if (before.role === 'owner') keepOwner(bot, id)
  bot.grants.delete(id)
  const reason = by === null ? 'expired' : by.id === id ? 'left' : undefined
  tellChange(world, bot, user, 'revoked', { ...before, granted_by: by?.id ?? null }, reason)
  // The event was the last one; whoever is concerned has got it.
  for (const peer of [...world.peers]) if (peer.user_id === id) peer.withdraw(bot.id)
  if (by?.id === id) return
  const message = by ? `${by.username} took your role as ${before.role} of ${bot.name}.` : `Your time as ${before.role} of ${bot.name} is over.`
  const details = { role: before.role, expires_at: before.expires_at }
  notify(world, id, 'permission_change', { title: `Your access to ${bot.name} ended`, message, bot, action: 'revoked', details })
}

/** @param {Bot} bot @param {string} id */
function keepOwner(bot, id) {
  const others = [...bot.grants.values()].filter(({ user_id, role }) => role === 'owner' && user_id !== id)
  if (!others.length) throw lastOwner()
}

/**
 * @param {World} world
 * @param {Bot} bot
 * @param {User} user
 * @param {'granted' | 'updated' | 'revoked'} action
 * @param {Grant} grant
 * @param {string} [reason]
 */
function tellChange(world, bot, user, action, { role, granted_by, granted_at, expires_at }, reason) {
  const details = { role, granted_by, username: user.username, granted_at, expires_at, ...(reason ? { reason } : {}) }
  world.record(bot, 'permission_change', { target_user_id: user.id, action, details })
}
