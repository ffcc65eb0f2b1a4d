// Hooks on a bot: what it is and who is there, and who is typing.

import { useCallback, useEffect, useMemo } from 'react'

import { useColloquy } from './context.js'
import { botState, useBotPart } from './watched.js'

/** @import { BotView, PersonName } from '../colloquy/state/types.js' */

/** @param {BotView} view */
const whole = ({ status, code, reason, bot, role, me, members, sessions, moreSessions }) => ({
  status, code, reason, bot, role, me, members, sessions, moreSessions,
})

/**
 * A bot, live: what it is, one's role, its members and sessions. `status` is `loading`, `live`, `away` (the last known state) or
 * `gone` (with `reason`).
 * @param {string} bot_id
 */
export function useBot(bot_id) {
  const client = useColloquy()
  const view = useBotPart(bot_id, whole)
  const loadMoreSessions = useCallback(async () => botState(client, bot_id)?.loadMoreSessions(), [client, bot_id])
  const refresh = useCallback(async () => botState(client, bot_id)?.refresh(), [client, bot_id])
  return useMemo(() => ({ ...view, loadMoreSessions, refresh }), [view, loadMoreSessions, refresh])
}

/** @param {BotView} view */
const people = ({ online, me }) => ({ online, me })

/**
 * Who is online, and which conversation they look at. `viewing(session_id)` tells the others the same of oneself.
 * @param {string} bot_id
 */
export function usePresence(bot_id) {
  const client = useColloquy()
  const { online } = useBotPart(bot_id, people)
  const viewing = useCallback(
    (/** @type {string | null} */ session_id) => botState(client, bot_id)?.viewing(session_id),
    [client, bot_id],
  )
  return { online, viewing }
}

/** @type {readonly PersonName[]} */
const NOBODY = []

/**
 * Who else is typing in a session. `typing()` is to be called with every key; that one has stopped is told when it is called with
 * false, and when the component goes.
 * @param {string} bot_id
 * @param {string} session_id
 */
export function useTyping(bot_id, session_id) {
  const client = useColloquy()
  const select = useCallback(
    (/** @type {BotView} */ view) => ({ typists: view.typing[session_id] ?? NOBODY, me: view.me }),
    [session_id],
  )
  const typing = useCallback(
    (is_typing = true) => botState(client, bot_id)?.typing(session_id, is_typing),
    [client, bot_id, session_id],
  )
  // Before the state is watched: what ends is ended in this order, and without the state nobody could be told.
  useEffect(() => () => typing(false), [typing])
  const { typists, me } = useBotPart(bot_id, select)
  const others = useMemo(() => typists.filter(({ user_id }) => user_id !== me?.user_id), [typists, me])
  return { typists: others, typing }
}
