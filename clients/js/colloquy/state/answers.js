// Answers in the making: where they wait, the text so far, and their end. A durable message with the same id ends one
// (messages.js calls dropAnswer). The wire counts offsets in characters (Unicode scalar values), JavaScript in UTF-16 units.

import { put } from './lists.js'

/** @import { Answer, BotModel, Frame } from './types.js' */

/**
 * How many characters a text has. The server never sends half a surrogate pair.
 * @param {string} text
 */
export function characters(text) {
  let count = text.length
  for (let at = 0; at < text.length; at += 1) if (isHigh(text, at)) count -= 1
  return count
}

/**
 * The first so many characters. Without surrogates, which is nearly always, it is a plain slice.
 * @param {string} text
 * @param {number} length  How many characters it has.
 * @param {number} count
 */
export function firstCharacters(text, length, count) {
  if (count >= length) return text
  if (length === text.length) return text.slice(0, count)
  let at = 0
  for (let left = count; left > 0; left -= 1) at += isHigh(text, at) ? 2 : 1
  return text.slice(0, at)
}

/**
 * @param {string} text
 * @param {number} at
 */
function isHigh(text, at) {
  const unit = text.charCodeAt(at)
  return unit >= 0xd800 && unit <= 0xdbff
}

/**
 * An answer as the snapshot gives it.
 * @param {{ message_id: string, session_id: string, question_id: string, status: string, content: string }} answer
 * @returns {Answer}
 */
export function answerFrom({ message_id, session_id, question_id, status, content }) {
  return { message_id, session_id, question_id, status, position: 0, content, length: characters(content) }
}

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function answerStatus(model, { data }) {
  const { message_id, session_id, question_id, status, position = 0 } = data
  const known = model.answers[message_id] ?? begin(model, message_id, session_id)
  if (!known) return model
  if (known.status === status && known.position === position && known.question_id === question_id) {
    return model.answers[message_id] ? model : putAnswer(model, known)
  }
  return putAnswer(model, { ...known, question_id, status, position })
}

/**
 * A piece beyond what is held means that pieces between were shed; one from the start follows then.
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function answerDelta(model, { data: { message_id, session_id, offset, content } }) {
  const known = model.answers[message_id] ?? begin(model, message_id, session_id)
  if (!known || offset > known.length) return model
  const text = firstCharacters(known.content, known.length, offset) + content
  return putAnswer(model, { ...known, status: 'running', position: 0, content: text, length: offset + characters(content) })
}

/**
 * @param {BotModel} model
 * @param {Answer} answer
 * @returns {BotModel}
 */
function putAnswer(model, answer) {
  return { ...model, answers: put(model.answers, answer.message_id, answer) }
}

/**
 * Nothing for an answer that has ended, or in a session that is not held.
 * @param {BotModel} model
 * @param {string} message_id
 * @param {string} session_id
 * @returns {Answer | undefined}
 */
function begin(model, message_id, session_id) {
  const list = model.messages[session_id]
  if (!list || list.items.some((message) => message.id === message_id)) return undefined
  return { message_id, session_id, question_id: null, status: 'queued', position: 0, content: '', length: 0 }
}

/**
 * @param {BotModel} model
 * @param {string} message_id
 * @returns {BotModel}
 */
export function dropAnswer(model, message_id) {
  const answers = put(model.answers, message_id, undefined)
  return answers === model.answers ? model : { ...model, answers }
}

/**
 * The answers of a fresh snapshot beside those that live frames built: of each the longer text, since pieces that came
 * meanwhile go on from it.
 * @param {Readonly<Record<string, Answer>>} held
 * @param {readonly Answer[]} fresh
 * @returns {Readonly<Record<string, Answer>>}
 */
export function mergeAnswers(held, fresh) {
  return Object.fromEntries(
    fresh.map((answer) => {
      const live = held[answer.message_id]
      return [answer.message_id, live && live.length >= answer.length ? live : answer]
    }),
  )
}
