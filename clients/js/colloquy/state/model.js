// The model of one bot: how it is made from a snapshot, and the table that says which reducer takes which
// event. All of it is pure: a model and a frame give the next model, and parts that did not change stay the same objects.

import { answerDelta, answerFrom, answerStatus, mergeAnswers } from './answers.js'
import { documentUpdated } from './documents.js'
import { emptyModel } from './empty.js'
import { patch, share } from './lists.js'
import { messageDeleted, messagePosted, messageUpdated, sessionChanged, sessionDeleted } from './messages.js'
import { botUpdated, greeted, mayConfigure, permissionChanged, presenceChanged, typingChanged } from './people.js'
import { floorFor, readMoved } from './unread.js'

/** @import { BotModel, Floor, Frame, MessageList, PersonName, Session, Snapshot } from './types.js' */

const SNAPSHOT_SESSIONS = 50
const SNAPSHOT_DOCUMENTS = 100

/**
 * A state loaded afresh, in place of the held one. What is sent and how the connection stands is not the server's to say.
 * @param {BotModel} held
 * @param {Snapshot} snapshot
 * @param {PersonName} me
 * @returns {BotModel}
 */
export function fromSnapshot(held, snapshot, me) {
  const { bot, members, documents, presence, more, seq, epoch } = snapshot
  const role = /** @type {BotModel['role']} */ (bot.role ?? members.find((row) => row.user_id === me.user_id)?.role ?? null)
  /** @type {BotModel} */
  const fresh = {
    ...emptyModel(me),
    bot,
    role,
    members: members.toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    sessions: snapshot.sessions.map(({ read: _, ...session }) => session),
    moreSessions: more && snapshot.sessions.length >= SNAPSHOT_SESSIONS,
    documents,
    moreDocuments: more && documents.length >= SNAPSHOT_DOCUMENTS,
    messages: Object.fromEntries(snapshot.sessions.map((session) => [session.id, listFrom(snapshot, session)])),
    answers: mergeAnswers(held.answers, snapshot.answers.map(answerFrom)),
    online: presence.toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1)),
    read: Object.fromEntries(snapshot.sessions.map((session) => [session.id, marksOf(session)])),
    seq,
  }
  /** @type {Record<string, Floor>} */
  const floors = {}
  for (const { id, unread } of fresh.sessions) floors[id] = floorFor(fresh, id, fresh.messages[id].items, unread)
  const configStale = mayConfigure(role) && bot.instructions === undefined
  const { status, code, waiting, typing } = held
  return share(held, { ...fresh, status, code, waiting, typing, book: { ...fresh.book, epoch, floors, configStale } })
}

/**
 * @param {Snapshot} snapshot
 * @param {Session} session
 * @returns {MessageList}
 */
function listFrom({ messages }, { id, message_count }) {
  const items = messages[id] ?? []
  return { items, more: items.length < message_count, loading: false }
}

/** @param {{ read?: { user_id: string, message_id: string }[] }} session */
export function marksOf({ read = [] }) {
  return Object.fromEntries(read.map(({ user_id, message_id }) => [user_id, message_id]))
}

/** @type {Record<string, (model: BotModel, frame: Frame) => BotModel>} */
const REDUCERS = {
  chat_message: messagePosted,
  chat_message_updated: messageUpdated,
  chat_message_deleted: messageDeleted,
  session_created: sessionChanged,
  session_updated: sessionChanged,
  session_deleted: sessionDeleted,
  permission_change: permissionChanged,
  bot_update: botUpdated,
  document_update: documentUpdated,
  connection_established: greeted,
  subscribed: greeted,
  typing_indicator: typingChanged,
  presence: presenceChanged,
  read_receipt: readMoved,
  answer_status: answerStatus,
  chat_message_delta: answerDelta,
}

/**
 * One frame. A durable event that the model already contains is left out; a type that is not known changes nothing.
 * @param {BotModel} model
 * @param {Frame} frame
 * @returns {BotModel}
 */
export function reduce(model, frame) {
  const durable = typeof frame.seq === 'number' && frame.type !== 'pong'
  if (durable && /** @type {number} */ (frame.seq) <= model.seq) return model
  const reducer = Object.hasOwn(REDUCERS, frame.type) ? REDUCERS[frame.type] : undefined
  const next = reducer ? reducer(model, frame) : model
  return durable ? patch(next, { seq: frame.seq }) : next
}
