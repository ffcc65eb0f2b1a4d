// How much of a session is unread, and the read marks that say so. The server counts what others and the bot wrote after
// one's own mark. Here a floor (types.js) says where that is among the loaded messages, so that the count follows every
// event; where it cannot be told from what is loaded, the session is put in doubt, and whoever holds the model asks.

import { including, patch, put, replaceAt, share, without } from './lists.js'

/** @import { BotModel, Floor, Frame, Message, MessageList, Session } from './types.js' */

/** @type {MessageList} */
export const EMPTY = { items: [], more: false, loading: false }
/** @type {Floor} */
export const NOTHING_READ = { at: null, older: 0 }

/**
 * @param {BotModel} model
 * @param {string} session_id
 */
export function listOf(model, session_id) {
  return model.messages[session_id] ?? EMPTY
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 */
export function sessionOf(model, session_id) {
  return model.sessions.find((session) => session.id === session_id)
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 * @returns {Floor}
 */
export function floorOf(model, session_id) {
  return model.book.floors[session_id] ?? NOTHING_READ
}

/**
 * @param {readonly Message[]} items
 * @param {string} id
 */
export function indexOf(items, id) {
  // From the end: what events are about is mostly new.
  for (let at = items.length - 1; at >= 0; at -= 1) if (items[at].id === id) return at
  return -1
}

/**
 * @param {BotModel} model
 * @param {{ user_id: string | null }} message
 */
export function byOther(model, message) {
  return message.user_id === null || message.user_id !== model.me?.user_id
}

/**
 * @param {BotModel} model
 * @param {readonly Message[]} items
 * @param {Floor} floor
 */
export function unreadIn(model, items, floor) {
  let count = floor.older
  for (let at = items.length - 1; at >= 0 && items[at].id !== floor.at; at -= 1) if (byOther(model, items[at])) count += 1
  return count
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 * @param {Partial<Session>} change
 */
export function changeSession(model, session_id, change) {
  const at = model.sessions.findIndex((session) => session.id === session_id)
  if (at < 0) return model
  return patch(model, { sessions: replaceAt(model.sessions, at, patch(model.sessions[at], change)) })
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 * @param {Floor} floor
 * @returns {BotModel}
 */
export function putFloor(model, session_id, floor) {
  return { ...model, book: { ...model.book, floors: put(model.book.floors, session_id, floor) } }
}

/**
 * The messages and where their unread part begins, with the session's count brought in line.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {MessageList} list
 * @param {Floor} floor
 */
export function setList(model, session_id, list, floor) {
  const next = putFloor({ ...model, messages: put(model.messages, session_id, list) }, session_id, floor)
  return changeSession(next, session_id, { unread: Math.max(0, unreadIn(next, list.items, floor)) })
}

/**
 * The floor of a session whose count the server gave, with the messages that came with it.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {readonly Message[]} items
 * @param {number} unread
 * @returns {Floor}
 */
export function floorFor(model, session_id, items, unread) {
  const mark = markOf(model, session_id)
  if (mark && indexOf(items, mark) >= 0) return { at: mark, older: 0 }
  return { at: null, older: unread - unreadIn(model, items, NOTHING_READ) }
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 */
export function markOf(model, session_id) {
  return model.me ? model.read[session_id]?.[model.me.user_id] : undefined
}

/**
 * One has read up to this message. Never backwards. A message that is not loaded is one still to come or an old one: until
 * it is known which, the count is in doubt.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} message_id
 */
export function moveFloor(model, session_id, message_id) {
  const list = listOf(model, session_id)
  const floor = floorOf(model, session_id)
  const at = indexOf(list.items, message_id)
  if (at < 0) return doubt(model, session_id)
  if (floor.at !== null && indexOf(list.items, floor.at) >= at) return model
  return settle(setList(model, session_id, list, { at: message_id, older: 0 }), session_id)
}

/**
 * Of two loaded messages, is the first older? Undefined when one of them is not loaded.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} first
 * @param {string} second
 */
export function isOlder(model, session_id, first, second) {
  const { items } = listOf(model, session_id)
  const [one, other] = [indexOf(items, first), indexOf(items, second)]
  return one < 0 || other < 0 ? undefined : one < other
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 * @returns {BotModel}
 */
export function doubt(model, session_id) {
  return { ...model, book: patch(model.book, { doubtful: including(model.book.doubtful, session_id) }) }
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 * @returns {BotModel}
 */
export function settle(model, session_id) {
  const doubtful = without(model.book.doubtful, session_id)
  return doubtful === model.book.doubtful ? model : { ...model, book: { ...model.book, doubtful } }
}

/**
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} message_id
 */
export function isMark(model, session_id, message_id) {
  return Object.values(model.read[session_id] ?? {}).includes(message_id)
}

/**
 * A mark that somebody has moved. The message it is on was told before; where it is not loaded it is an old one, or one that was
 * deleted meanwhile, which moves the mark elsewhere.
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function readMoved(model, { data: { session_id, user_id, message_id } }) {
  const next = moveMark(model, session_id, user_id, message_id)
  const known = next === model || indexOf(listOf(model, session_id).items, message_id) >= 0
  return known ? next : doubt(next, session_id)
}

/**
 * A mark never moves backwards, also where an older word of it arrives late.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} user_id
 * @param {string} message_id
 */
export function moveMark(model, session_id, user_id, message_id) {
  const marks = model.read[session_id] ?? {}
  const before = marks[user_id]
  if (before === message_id || !model.messages[session_id]) return model
  if (before && isOlder(model, session_id, message_id, before)) return model
  const next = { ...model, read: put(model.read, session_id, put(marks, user_id, message_id)) }
  return user_id === model.me?.user_id ? moveFloor(next, session_id, message_id) : next
}

/**
 * Marks on a message that is deleted.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} message_id
 * @param {string | null} to
 */
export function moveMarks(model, session_id, message_id, to) {
  let marks = model.read[session_id] ?? {}
  for (const [user_id, at] of Object.entries(marks)) if (at === message_id) marks = put(marks, user_id, to ?? undefined)
  return patch(model, { read: marks === model.read[session_id] ? model.read : put(model.read, session_id, marks) })
}

/**
 * Marks of those who lost their role are shown to nobody, and are there again when they come back.
 * @param {BotModel} model
 * @param {string} user_id
 * @returns {BotModel}
 */
export function hideMarks(model, user_id) {
  let { read } = model
  /** @type {Record<string, string>} */
  const mine = {}
  for (const [session_id, marks] of Object.entries(read)) {
    if (!marks[user_id]) continue
    mine[session_id] = marks[user_id]
    read = put(read, session_id, put(marks, user_id, undefined))
  }
  if (read === model.read) return model
  return { ...model, read, book: { ...model.book, hidden: put(model.book.hidden, user_id, mine) } }
}

/**
 * @param {BotModel} model
 * @param {string} user_id
 * @returns {BotModel}
 */
export function showMarks(model, user_id) {
  const mine = model.book.hidden[user_id]
  if (!mine) return model
  let { read } = model
  for (const [session_id, message_id] of Object.entries(mine)) {
    const marks = read[session_id]
    if (marks && !marks[user_id]) read = put(read, session_id, put(marks, user_id, message_id))
  }
  return { ...model, read, book: { ...model.book, hidden: put(model.book.hidden, user_id, undefined) } }
}

/**
 * What the server says of a session in doubt.
 * @param {BotModel} model
 * @param {Session} session
 * @param {Readonly<Record<string, string>>} marks
 */
export function sessionCounted(model, { id, unread, message_count }, marks) {
  const list = listOf(model, id)
  const marked = settle({ ...model, read: put(model.read, id, share(model.read[id], marks)) }, id)
  const next = changeSession(marked, id, { message_count })
  return setList(next, id, list, floorFor(next, id, list.items, unread))
}
