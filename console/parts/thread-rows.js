// What a conversation's list is made of, before it is drawn: days, authors, the first unread one, who has read how far.

import { dayKey, dayLabel } from '../lib/format.js'
import { session as who } from '../lib/session.js'

/** @typedef {import('./bot-frame.js').BotView} BotView */
/** @typedef {BotView['messages'][string]['items'][number]} Posted */
/** @typedef {{ kind: 'day' | 'new', label: string } | { kind: 'message', message: Posted, grouped: boolean }} Row */

/** Messages of one author within so many ms stand under one name. */
const TOGETHER = 5 * 60_000

/** @param {readonly Posted[]} items @param {string | null} newFrom @returns {Row[]} */
export function rowsOf(items, newFrom) {
  /** @type {Row[]} */
  const rows = []
  /** @type {Posted | undefined} */
  let last
  for (const message of items) {
    const newDay = !last || dayKey(last.timestamp) !== dayKey(message.timestamp)
    if (newDay) rows.push({ kind: 'day', label: dayLabel(message.timestamp) })
    if (message.id === newFrom) rows.push({ kind: 'new', label: 'New' })
    const grouped = !newDay && message.id !== newFrom && last !== undefined && continues(last, message)
    rows.push({ kind: 'message', message, grouped })
    last = message
  }
  return rows
}

/** @param {Posted} last @param {Posted} message */
function continues(last, message) {
  if (message.role !== 'user' || last.role !== 'user' || last.user_id !== message.user_id) return false
  return Date.parse(message.timestamp) - Date.parse(last.timestamp) < TOGETHER
}

/** @param {readonly Posted[]} items @param {string | undefined} read  the own mark; without one nothing is read */
export function firstUnread(items, read) {
  const at = items.findIndex((m) => m.id === read)
  if (read && at < 0) return null
  return items.slice(at + 1).find((m) => m.user_id !== who.user?.id)?.id ?? null
}

/** Who has read up to which message, but oneself. @param {BotView} state @param {string} session_id */
export function readersOf(state, session_id) {
  /** @type {Map<string, { user_id: string, username: string }[]>} */
  const readers = new Map()
  for (const [user_id, message_id] of Object.entries(state.read[session_id] ?? {})) {
    const member = state.members.find((m) => m.user_id === user_id)
    if (!member || user_id === who.user?.id) continue
    readers.set(message_id, [...(readers.get(message_id) ?? []), member])
  }
  return readers
}
