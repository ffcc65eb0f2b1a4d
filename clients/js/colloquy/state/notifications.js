// What events do to one's notifications. Pure. Items are told apart by id, so that a page and the events around it may overlap;
// the unread count is the server's, as of a number, and events after that number change it.

import { only, patch, replaceAt, share, upsert } from './lists.js'

/** @import { Frame, Notification, NotificationView } from './types.js' */

/** @typedef {NotificationView & { book: { counted: number } }} NotificationModel  `counted`: the number that `unread` is as of. */

/** @returns {NotificationModel} */
export function emptyNotifications() {
  return { status: 'loading', items: [], unread: 0, more: false, loading: false, seq: 0, book: { counted: -1 } }
}

/**
 * @param {NotificationModel} model
 * @param {Frame} frame
 * @returns {NotificationModel}
 */
export function reduceNotifications(model, frame) {
  const { type, seq } = frame
  let next = model
  if (type === 'notification') next = notified(model, frame)
  else if (type === 'notification_read') next = wasRead(model, frame)
  else return model
  return seq === undefined ? next : patch(next, { seq: Math.max(next.seq, seq) })
}

/**
 * Whether the count does not yet contain this event. Polled ones have no number.
 * @param {NotificationModel} model
 * @param {Frame} frame
 */
function counts(model, { seq }) {
  return seq === undefined || seq > model.book.counted
}

/**
 * @param {NotificationModel} model
 * @param {Frame} frame
 */
function notified(model, frame) {
  const { data, notification_type, timestamp = '' } = frame
  const { notification_id: id, title, message, bot_id, action, details } = data
  const next = counts(model, frame) ? { ...model, unread: model.unread + 1 } : model
  if (next.items.some((item) => item.id === id)) return next
  const item = { id, notification_type, title, message, bot_id, action, details, created_at: timestamp, read_at: null }
  return { ...next, items: upsert(next.items, item, (row) => row.id, 'falling') }
}

/**
 * @param {NotificationModel} model
 * @param {Frame} frame
 */
function wasRead(model, frame) {
  const { notification_id, action, unread } = frame.data
  const next = counts(model, frame) ? patch(model, { unread }) : model
  if (notification_id === null) return allRead(next, frame.timestamp ?? '')
  return action === 'dismissed' ? dismissed(next, notification_id) : read(next, notification_id, frame.timestamp ?? '')
}

/**
 * @param {NotificationModel} model
 * @param {string} id
 * @param {string} at
 */
export function read(model, id, at) {
  const place = model.items.findIndex((item) => item.id === id)
  if (place < 0 || model.items[place].read_at) return model
  return { ...model, items: replaceAt(model.items, place, { ...model.items[place], read_at: at }) }
}

/**
 * @param {NotificationModel} model
 * @param {string} at
 */
export function allRead(model, at) {
  if (model.items.every((item) => item.read_at)) return model
  return { ...model, items: model.items.map((item) => (item.read_at ? item : { ...item, read_at: at })) }
}

/**
 * @param {NotificationModel} model
 * @param {string} id
 */
export function dismissed(model, id) {
  return patch(model, { items: only(model.items, (item) => item.id !== id) })
}

/**
 * How many are unread, as of a number; without one it is taken as of all that came.
 * @param {NotificationModel} model
 * @param {number} unread
 * @param {number} [seq]
 * @returns {NotificationModel}
 */
export function counted(model, unread, seq = model.seq) {
  return { ...model, unread, seq: Math.max(model.seq, seq), book: { counted: seq } }
}

/**
 * The first page anew, or an older one behind what is there.
 * @param {NotificationModel} model
 * @param {readonly Notification[]} page
 * @param {boolean} more
 * @param {boolean} older
 * @returns {NotificationModel}
 */
export function paged(model, page, more, older) {
  const known = older ? model.items : []
  const items = [...known, ...page.filter(({ id }) => !known.some((item) => item.id === id))]
  return { ...model, items: share(model.items, items), more, loading: false }
}
