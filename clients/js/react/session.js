// The hook on a conversation: one list of rows out of messages, answers in the making and sends on their way, and what one may do
// to them.

import { useMemo } from 'react'

import { useColloquy } from './context.js'
import { botState, useBotPart } from './watched.js'

/** @import { BotState } from '../colloquy/state/index.js' */
/** @import { Answer, BotView, Message, WaitingSend } from '../colloquy/state/types.js' */

/**
 * @typedef {object} Row  One message as it is shown. The same object until something of it changes.
 * @property {string} key  For React: the same while it is sent and when it is there.
 * @property {string | null} id  The message's; null while it has none.
 * @property {string} session_id
 * @property {string | null} user_id  Null for the bot.
 * @property {string} username
 * @property {string} role  `user`, `assistant` or `system`.
 * @property {string} content
 * @property {any} metadata
 * @property {string | null} timestamp
 * @property {string | null} edited_at
 * @property {boolean} pending  One's own, on its way.
 * @property {boolean} streaming  An answer that is not finished.
 * @property {string} status  `complete`, `failed`, `cancelled` or `interrupted` for what is there; `queued` or `running` for an
 *   answer in the making; `waiting`, `sending`, `sent` or `failed` for what is on its way.
 * @property {number} position  Of a queued answer.
 * @property {string | null} question_id  Of an answer.
 * @property {any} [error]  Why sending failed.
 */

/** @type {WeakMap<object, Row>} */
const rows = new WeakMap()
/** @type {readonly never[]} */
const NONE = []

/**
 * @template {object} S
 * @param {S} source
 * @param {() => Row} make
 */
function rowOf(source, make) {
  let row = rows.get(source)
  if (!row) rows.set(source, (row = make()))
  return row
}

/**
 * @param {Message} message
 * @param {BotState | null} state
 */
function messageRow(message, state) {
  return rowOf(message, () => {
    const { id, session_id, user_id, username, role, content, metadata, timestamp, edited_at } = message
    return {
      key: state?.keyOf(id) ?? id, id, session_id, user_id, username, role, content, metadata, timestamp, edited_at,
      pending: false, streaming: false, status: metadata?.status ?? 'complete', position: 0, question_id: metadata?.question_id ?? null,
    }
  })
}

/**
 * @param {Answer} answer
 * @param {string} username
 */
function answerRow(answer, username) {
  return rowOf(answer, () => {
    const { message_id, session_id, question_id, status, position, content } = answer
    return {
      key: message_id, id: message_id, session_id, user_id: null, username, role: 'assistant', content, metadata: {}, timestamp: null,
      edited_at: null, pending: false, streaming: true, status, position, question_id,
    }
  })
}

/**
 * @param {WaitingSend} send
 * @param {BotView['me']} me
 */
function sendRow(send, me) {
  return rowOf(send, () => {
    const { key, session_id, content, status, error, message_id = null } = send
    return {
      key, id: message_id, session_id, user_id: me?.user_id ?? null, username: me?.username ?? '', role: 'user', content, metadata: {},
      timestamp: null, edited_at: null, pending: true, streaming: false, status, position: 0, question_id: null, error,
    }
  })
}

/**
 * What one session shows. Answers elsewhere change nothing here.
 * @param {string} session_id
 */
function selectOf(session_id) {
  /** @type {readonly Answer[]} */
  let held = NONE
  return (/** @type {BotView} */ { status, bot, me, role, sessions, messages, answers, waiting, read }) => {
    const mine = Object.values(answers).filter((answer) => answer.session_id === session_id)
    if (mine.length !== held.length || mine.some((answer, at) => answer !== held[at])) held = mine
    return {
      status,
      me,
      role,
      name: bot?.name ?? '',
      session: sessions.find(({ id }) => id === session_id) ?? null,
      list: messages[session_id] ?? null,
      answers: held,
      waiting: waiting[session_id] ?? NONE,
      read: read[session_id] ?? null,
    }
  }
}

/**
 * A conversation: its rows in order, and what one does in it. What is sent while there is no connection waits and then goes.
 * `cancel`, `regenerate`, `edit` and `remove` reject when the server refuses.
 * @param {string} bot_id
 * @param {string} session_id
 */
export function useSession(bot_id, session_id) {
  const client = useColloquy()
  const select = useMemo(() => selectOf(session_id), [session_id])
  const { list, answers, waiting, name, me, ...rest } = useBotPart(bot_id, select, session_id)
  const messages = useMemo(() => {
    const state = botState(client, bot_id)
    const made = (list?.items ?? NONE).map((message) => messageRow(message, state))
    for (const answer of answers) made.push(answerRow(answer, name))
    for (const send of waiting) made.push(sendRow(send, me))
    return made
  }, [client, bot_id, list, answers, waiting, name, me])
  const actions = useActions(bot_id, session_id)
  const { more = false, loading = false } = list ?? {}
  return { ...rest, me, messages, more, loading, ...actions }
}

/**
 * @param {string} bot_id
 * @param {string} session_id
 */
function useActions(bot_id, session_id) {
  const client = useColloquy()
  return useMemo(() => {
    const state = () => botState(client, bot_id)
    const sends = () => state()?.get().waiting[session_id] ?? NONE
    /** @param {string} message_id */
    const of = (message_id) => ({ message_id })
    return {
      /**
       * @param {string} content
       * @param {{reply?: boolean, mentions?: string[]}} [options]
       */
      send: (content, options) => client.send(session_id, content, { ...options, bot_id }),
      /** A send that failed. @param {string} key */
      retry: (key) => sends().find((send) => send.key === key)?.retry(),
      /** A send that waits or failed. @param {string} key */
      discard: (key) => sends().find((send) => send.key === key)?.discard(),
      /** An answer in the making. @param {string} message_id */
      cancel: (message_id) => client.api.cancelAnswer(of(message_id)),
      /** An answer, once more. @param {string} message_id */
      regenerate: (message_id) => client.api.regenerateAnswer(of(message_id)),
      /** @param {string} message_id @param {string} content */
      edit: (message_id, content) => client.api.editMessage({ message_id, content }),
      /** @param {string} message_id */
      remove: (message_id) => client.api.deleteMessage(of(message_id)),
      loadOlder: async () => state()?.loadOlder(session_id),
      /** Up to this message, or to the newest. @param {string} [message_id] */
      markRead: (message_id) => state()?.markRead(session_id, message_id),
    }
  }, [client, bot_id, session_id])
}
