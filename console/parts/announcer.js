// What a screen reader hears of a conversation: each new message once, the beginning and the end of an answer, never its pieces.

import { session as who } from '../lib/session.js'

const LONGEST = 300
const KEPT = 6

/**
 * @param {import('./bot-frame.js').Bot} bot
 * @param {string} session_id
 */
export function makeAnnouncer(bot, session_id) {
  /** Up to here all is said, or was there before. Undefined: the messages are not loaded yet. @type {string | null | undefined} */
  let last = loaded() ? newest() : undefined
  /** @type {Set<string>} */
  const begun = new Set()
  const announcer = {
    /** @type {{ id: string, text: string }[]} */
    lines: [],
    /** Called at each change of the bot. */
    look() {
      const name = bot.state.bot?.name ?? ''
      for (const answer of Object.values(bot.state.answers)) {
        if (answer.session_id !== session_id || begun.has(answer.message_id)) continue
        begun.add(answer.message_id)
        say(`answer ${answer.message_id}`, `${name} is answering`)
      }
      const items = bot.state.messages[session_id]?.items ?? []
      if (!loaded()) return
      const from = items.findIndex((m) => m.id === last)
      const fresh = last === null || from >= 0 ? items.slice(from + 1) : []
      last = newest()
      for (const message of fresh) {
        if (message.user_id === who.user?.id) continue
        const text = message.content.length > LONGEST ? `${message.content.slice(0, LONGEST)} …` : message.content
        say(message.id, `${message.username}: ${text}`)
      }
    },
  }
  /** @param {string} id @param {string} text */
  function say(id, text) {
    announcer.lines = [...announcer.lines.filter((l) => l.id !== id), { id, text }].slice(-KEPT)
  }
  function loaded() {
    const held = bot.state.messages[session_id]
    return Boolean(held && (held.items.length > 0 || !held.more))
  }
  function newest() {
    const items = bot.state.messages[session_id]?.items ?? []
    return items.length ? items[items.length - 1].id : null
  }
  return announcer
}
