// Answers of a bot: asked for, streamed in pieces, ended by the durable message of the same id. Somebody who comes in the
// middle is shown all of it so far.

import { add, messageView } from './chat.js'
import { Problem, roleNeeded } from './problems.js'
import { World } from './world.js'

/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').User} User */

/** @typedef {{pieces?: number | string[], delay?: number, status?: 'complete' | 'failed', regenerates?: string, citations?: any[]}} How */

/**
 * Asks the responder. Gives the id of the answer, or null if there is none.
 * @param {World} world
 * @param {Bot} bot
 * @param {Session} session
 * @param {Message} question
 * @param {How} [how]
 */
export function ask(world, bot, session, question, how = {}) {
  const text = world.responder({ content: question.content, session_id: session.id, bot_id: bot.id })
  return text === null ? null : answer(world, bot, session, question.id, text, how).message_id
}

/**
 * Streams an answer.
 * @param {World} world
 * @param {Bot} bot
 * @param {Session} session
 * @param {string} question_id
 * @param {string} text
 * @param {How} how
 * @returns {{message_id: string, done: Promise<Message>}}
 */
export function answer(world, bot, session, question_id, text, { pieces, delay = world.pace, status = 'complete', regenerates, citations = [] }) {
  const message_id = world.id()
  const parts = Array.isArray(pieces) ? [...pieces] : cut(text, pieces)
  /** @type {() => void} */
  let cancel = () => {}
  /** @type {Promise<Message>} */
  const done = new Promise((ended) => {
    /** @param {string} outcome */
    const end = (outcome) => {
      cancel()
      world.answers.delete(message_id)
      const metadata = {
        citations, model: 'mock', question_id, status: outcome, usage: { input_tokens: 0, output_tokens: 0 },
        ...(regenerates ? { regenerates } : {}),
      }
      ended(add(world, bot, session, { id: message_id, user_id: null, username: bot.name, role: 'assistant', content: going.content, metadata }))
    }
    const next = () => {
      const piece = parts.shift()
      if (piece === undefined) return end(status)
      delta(world, session, going, [...going.content].length, piece)
      going.content += piece
      cancel = world.later(next, delay, { keep: true })
    }
    /** @type {Answer} */
    const going = { message_id, session_id: session.id, bot_id: bot.id, question_id, status: 'running', content: '', stop: () => end('cancelled') }
    world.answers.set(message_id, going)
    cancel = world.later(next, delay, { keep: true })
    for (const peer of [...world.peers]) peer.signal(bot.id, 'answer_status', statusData(going), World.privateTo(session))
  })
  return { message_id, done }
}

/**
 * By words, or into so many pieces.
 * @param {string} text
 * @param {number | undefined} pieces
 */
function cut(text, pieces) {
  if (!pieces) return text.match(/\S+\s*/gu) ?? (text ? [text] : [])
  const characters = [...text]
  const size = Math.max(1, Math.ceil(characters.length / pieces))
  return Array.from({ length: Math.ceil(characters.length / size) }, (_, n) => characters.slice(n * size, (n + 1) * size).join(''))
}

/** @param {Answer} answer */
export function statusData({ message_id, session_id, question_id, status }) {
  return { message_id, session_id, question_id, status, position: 0 }
}

/**
 * @param {World} world
 * @param {Session} session
 * @param {Answer} going
 * @param {number} offset in characters
 * @param {string} content
 */
function delta(world, session, { message_id, bot_id }, offset, content) {
  const data = { message_id, session_id: session.id, offset, content }
  for (const peer of [...world.peers]) peer.signal(bot_id, 'chat_message_delta', data, World.privateTo(session))
}

/**
 * Answers that are being written and that a person may see.
 * @param {World} world
 * @param {string} bot
 * @param {string} user
 */
export function answersOf(world, bot, user) {
  return [...world.answers.values()].filter(({ bot_id, session_id }) => {
    const session = world.sessions.get(session_id)
    return bot_id === bot && session && (session.visibility === 'shared' || session.created_by === user)
  })
}

/**
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, role: Role}} where
 * @param {string} question_id
 */
function mayStop(world, user, { session, role }, question_id) {
  const question = (world.messages.get(session.id) ?? []).find(({ id }) => id === question_id)
  if (question?.user_id !== user.id && role === 'viewer') throw roleNeeded('editor')
  return question
}

/**
 * @param {World} world
 * @param {User} user
 * @param {string} id
 */
export function cancelAnswer(world, user, id) {
  const going = world.answers.get(id)
  if (going) {
    mayStop(world, user, world.session(user.id, going.session_id), going.question_id)
    going.stop()
    return { message_id: id, status: 'cancelled' }
  }
  const { message } = world.message(user.id, id)
  return { message_id: id, status: message.metadata.status }
}

/**
 * @param {World} world
 * @param {User} user
 * @param {string} id
 */
export function regenerateAnswer(world, user, id) {
  const { message, session, bot, role } = world.message(user.id, id)
  const question = mayStop(world, user, { session, role }, message.metadata.question_id)
  if (!question) throw new Problem(409, 'question_gone', 'The question was deleted.')
  return { answer: { message_id: ask(world, bot, session, question, { regenerates: messageView(message).id }) } }
}
