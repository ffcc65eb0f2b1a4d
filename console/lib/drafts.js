// What was begun and not sent, per conversation. It survives a reload of the tab and the end of
// a log-in, and belongs to one person: it ends when that one signs out, or another one signs in.

import { onSession, session } from './session.js'

const PREFIX = 'colloquy.draft.'

const prefix = () => `${PREFIX}${session.user?.id}.`

/** @param {string} session_id @returns {string} */
export function draft(session_id) {
  try {
    return sessionStorage.getItem(prefix() + session_id) ?? ''
  } catch {
    return ''
  }
}

/** @param {string} session_id @param {string} text */
export function keepDraft(session_id, text) {
  if (!session.user) return
  try {
    if (text.trim()) sessionStorage.setItem(prefix() + session_id, text)
    else sessionStorage.removeItem(prefix() + session_id)
  } catch {
    // Storage is full or forbidden: the draft lives as long as the text field.
  }
}

onSession(() => {
  if (!session.user && !session.left) return
  try {
    const others = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX) && !(session.user && key.startsWith(prefix())))
    for (const key of others) sessionStorage.removeItem(key)
  } catch {
    // As above.
  }
})
