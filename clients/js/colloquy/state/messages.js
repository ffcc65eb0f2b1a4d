// What events do to sessions and their messages: posted, edited, deleted, and how many of them are unread. Pages of older
// messages are joined here too. Read marks themselves are in people.js, answers in the making in answers.js.
//
// The loaded messages of a session are always its newest ones without a gap, in the order of the stream.

import { dropAnswer } from './answers.js'
import { including, only, put, replaceAt, share, upsert, without } from './lists.js'
import { stopTyping } from './people.js'
import {
  EMPTY, NOTHING_READ, byOther, changeSession, doubt, floorFor, floorOf, indexOf, isMark, listOf, markOf, moveFloor, moveMarks,
  putFloor, sessionOf, setList, settle, unreadIn,
} from './unread.js'

/** @import { BotModel, Frame, Message, MessageList, Session } from './types.js' */

/** How many messages are kept of a session that nobody has open; half as many again may gather before they are cut. */
export const KEPT = 200

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function messagePosted(model, frame) {
  const { data } = frame
  const { session_id, message_id } = data
  let next = stopTyping(dropAnswer(model, message_id), data.user_id, session_id)
  if (data.redacted) {
    // Deleted since: neither posted nor, when that comes, deleted for whoever reads it only now.
    return { ...next, book: { ...next.book, blanked: including(next.book.blanked, message_id) } }
  }
  const session = sessionOf(next, session_id)
  if (!session) return next
  next = changeSession(next, session_id, {
    message_count: session.message_count + 1,
    updated_at: session.updated_at > data.timestamp ? session.updated_at : data.timestamp,
  })
  const list = listOf(next, session_id)
  const floor = floorOf(next, session_id)
  const message = messageFrom(frame)
  const at = indexOf(list.items, message_id)
  if (at >= 0) {
    // A page of messages was quicker than the event: now it counts.
    const older = floor.at === null && byOther(next, message) ? floor.older + 1 : floor.older
    return setList(next, session_id, list, { ...floor, older })
  }
  next = append(next, session_id, list, message)
  return markOf(next, session_id) === message_id ? moveFloor(next, session_id, message_id) : next
}

/**
 * The way of every new message, so without counting all of them again.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {MessageList} list
 * @param {Message} message
 */
function append(model, session_id, list, message) {
  const next = { ...model, messages: put(model.messages, session_id, { ...list, items: [...list.items, message] }) }
  if (!byOther(model, message)) return next
  return changeSession(next, session_id, { unread: (sessionOf(model, session_id)?.unread ?? 0) + 1 })
}

/**
 * @param {Frame} frame
 * @returns {Message}
 */
function messageFrom({ bot_id = '', data }) {
  const { message_id, session_id, user_id, username, role, content, metadata, timestamp, edited_at = null } = data
  return { id: message_id, message_id, session_id, bot_id, user_id, username, role, content, metadata, timestamp, edited_at }
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function messageUpdated(model, { data }) {
  const list = listOf(model, data.session_id)
  const at = indexOf(list.items, data.message_id)
  // What was taken out is about to be deleted; what a page brought may be of a later edit than this event.
  if (at < 0 || data.redacted || (list.items[at].edited_at ?? '') > (data.edited_at ?? '')) return model
  const { content, metadata, edited_at = null } = data
  const items = replaceAt(list.items, at, share(list.items[at], { ...list.items[at], content, metadata, edited_at }))
  return { ...model, messages: put(model.messages, data.session_id, { ...list, items }) }
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function messageDeleted(model, { data: { message_id, session_id } }) {
  if (model.book.blanked.has(message_id)) {
    return { ...model, book: { ...model.book, blanked: without(model.book.blanked, message_id) } }
  }
  const session = sessionOf(model, session_id)
  let next = dropAnswer(model, message_id)
  if (!session) return next
  next = changeSession(next, session_id, { message_count: session.message_count - 1 })
  const list = listOf(next, session_id)
  const floor = floorOf(next, session_id)
  const at = indexOf(list.items, message_id)
  if (at < 0) {
    const touched = floor.at === null && floor.older > 0
    return touched || isMark(next, session_id, message_id) ? doubt(next, session_id) : next
  }
  const before = at > 0 ? list.items[at - 1].id : null
  // As the server does it: marks on the deleted one move to the one before it.
  if (before === null && list.more && isMark(next, session_id, message_id)) next = doubt(next, session_id)
  next = moveMarks(next, session_id, message_id, before)
  const items = [...list.items.slice(0, at), ...list.items.slice(at + 1)]
  return setList(next, session_id, { ...list, items }, floor.at === message_id ? { at: before, older: 0 } : floor)
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function sessionChanged(model, { type, data: { session } }) {
  const known = sessionOf(model, session.id)
  if (known) return changeSession(model, session.id, share(known, { ...known, ...session }))
  // One that is older than those that are loaded is left to its page.
  const oldest = model.sessions.at(-1)
  if (model.moreSessions && (type === 'session_updated' || (oldest && session.id < oldest.id))) return model
  return addSession(model, { message_count: 0, unread: 0, ...session }, EMPTY)
}

/**
 * @param {BotModel} model
 * @param {Session} session
 * @param {MessageList} list
 */
export function addSession(model, session, list) {
  const sessions = upsert(model.sessions, session, (row) => row.id, 'falling')
  const read = put(model.read, session.id, model.read[session.id] ?? {})
  const floor = floorFor(model, session.id, list.items, session.unread)
  return putFloor({ ...model, sessions, read, messages: put(model.messages, session.id, list) }, session.id, floor)
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 * @returns {BotModel}
 */
export function sessionDeleted(model, { data: { session: { id } } }) {
  const { book } = model
  const answers = Object.fromEntries(Object.entries(model.answers).filter(([, answer]) => answer.session_id !== id))
  return {
    ...model,
    sessions: only(model.sessions, (session) => session.id !== id),
    messages: put(model.messages, id, undefined),
    read: put(model.read, id, undefined),
    typing: put(model.typing, id, undefined),
    answers: share(model.answers, answers),
    book: { ...book, floors: put(book.floors, id, undefined), doubtful: without(book.doubtful, id) },
  }
}

/**
 * A page that ends right before the oldest loaded message, or, where none was loaded, with the newest one.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {readonly Message[]} page
 * @param {boolean} more
 */
export function joinPage(model, session_id, page, more) {
  const list = listOf(model, session_id)
  const floor = floorOf(model, session_id)
  // Where nothing was loaded, newer ones may have come by events meanwhile, and the page may have some of them too.
  const known = new Map(list.items.map((message) => [message.id, message]))
  const items = page.map((message) => known.get(message.id) ?? message)
  for (const message of page) known.delete(message.id)
  items.push(...known.values())
  const joined = { items, more, loading: false }
  if (floor.at !== null) return setList(model, session_id, joined, floor)
  const mark = markOf(model, session_id)
  if (mark && indexOf(items, mark) >= 0) return settle(setList(model, session_id, joined, { at: mark, older: 0 }), session_id)
  const unread = floor.older + unreadIn(model, list.items, NOTHING_READ)
  return setList(model, session_id, joined, { at: null, older: unread - unreadIn(model, items, NOTHING_READ) })
}

/**
 * The oldest messages of a session are let go.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {number} [kept]
 */
export function trim(model, session_id, kept = KEPT) {
  const list = model.messages[session_id]
  if (!list || list.items.length <= kept) return model
  const items = list.items.slice(-kept)
  const floor = floorOf(model, session_id)
  const gone = list.items.slice(0, -kept)
  const readGone = floor.at === null ? -1 : indexOf(gone, floor.at)
  if (floor.at !== null && readGone < 0) return setList(model, session_id, { ...list, items, more: true }, floor)
  const unread = unreadIn(model, list.items, floor)
  const older = unread - unreadIn(model, items, NOTHING_READ)
  return setList(model, session_id, { ...list, items, more: true }, { at: null, older })
}
