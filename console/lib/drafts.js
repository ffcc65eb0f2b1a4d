// What was begun and not sent, per conversation. It survives a reload of the tab, and ends with the sign-out.

import { onSession, session } from './session.js'

const PREFIX = 'colloquy.draft.'

/** @param {string} session_id @returns {string} */
export function draft(session_id) {
  try {
    return sessionStorage.getItem(PREFIX + session_id) ?? ''
  } catch {
    return ''
  }
}

/** @param {string} session_id @param {string} text */
export function keepDraft(session_id, text) {
  try {
    if (text.trim()) sessionStorage.setItem(PREFIX + session_id, text)
    else sessionStorage.removeItem(PREFIX + session_id)
  } catch {
    // Storage is full or forbidden: the draft lives as long as the text field.
  }
}

onSession(() => {
  if (session.user) return
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key)
  } catch {
    // As above.
  }
})
