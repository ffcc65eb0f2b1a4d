// What people are told beside a bot's stream: one list and one stream for each person.

import { notFound } from './problems.js'

/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./world.js').World} World */

/**
 * @param {World} world
 * @param {string} user
 * @param {string} notification_type
 * @param {{title: string, message: string, bot?: Bot | null, action: string, details?: Json}} what
 */
export function notify(world, user, notification_type, { title, message, bot = null, action, details = {} }) {
  const item = /** @type {Notification} */ ({
    id: world.id(), user_id: user, notification_type, title, message, bot_id: bot?.id ?? null, action, details,
    created_at: world.time(), read_at: null,
  })
  const items = world.notifications.get(user) ?? []
  world.notifications.set(user, [item, ...items])
  world.stream(user).record({
    type: 'notification', notification_type, id: world.id(),
    data: { notification_id: item.id, title, message, bot_id: item.bot_id, action, details }, timestamp: item.created_at,
  })
  return item
}

/**
 * @param {World} world
 * @param {string} user
 */
export function unread(world, user) {
  return (world.notifications.get(user) ?? []).filter(({ read_at }) => read_at === null).length
}

/** One about a bot that is out of sight keeps its type alone. @param {World} world @param {Notification} item */
export function notificationView(world, { user_id, ...item }) {
  return isVisible(world, user_id, item.bot_id) ? item : { ...item, title: '', message: '', action: '', details: {} }
}

/** The same for one that is replayed. @param {World} world @param {string} user @param {Json} frame @returns {Json} */
export function replayed(world, user, frame) {
  if (frame.type !== 'notification' || isVisible(world, user, frame.data.bot_id)) return frame
  return { ...frame, data: { ...frame.data, title: '', message: '', action: '', details: {} } }
}

/** @param {World} world @param {string} user @param {string | null} bot_id */
function isVisible(world, user, bot_id) {
  const bot = bot_id === null ? null : world.bots.get(bot_id)
  return !bot || (!bot.deleted && !bot.suspended && world.roleOn(bot, user) !== null)
}

/**
 * Marks one, or all (`id` null), as read.
 * @param {World} world
 * @param {string} user
 * @param {string | null} id
 */
export function markRead(world, user, id) {
  const items = world.notifications.get(user) ?? []
  const meant = id === null ? items : items.filter((item) => item.id === id)
  if (id !== null && !meant.length) throw notFound('notification')
  const fresh = meant.filter(({ read_at }) => read_at === null)
  for (const item of fresh) item.read_at = world.time()
  if (fresh.length) tell(world, user, id, 'read')
  return meant[0]
}

/**
 * @param {World} world
 * @param {string} user
 * @param {string} id
 */
export function dismiss(world, user, id) {
  const items = world.notifications.get(user) ?? []
  if (!items.some((item) => item.id === id)) throw notFound('notification')
  world.notifications.set(user, items.filter((item) => item.id !== id))
  tell(world, user, id, 'dismissed')
}

/**
 * @param {World} world
 * @param {string} user
 * @param {string | null} notification_id
 * @param {'read' | 'dismissed'} action
 */
function tell(world, user, notification_id, action) {
  world.stream(user).record({
    type: 'notification_read', id: world.id(), data: { notification_id, action, unread: unread(world, user) }, timestamp: world.time(),
  })
}
