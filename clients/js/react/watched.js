// States of the client that components watch together: each is watched while a component that wants it is mounted. A component
// that is rendered before it is mounted sees the state if another one watches it already, else one that is still empty.

import { useCallback } from 'react'

import { emptyModel } from '../colloquy/state/empty.js'
import { emptyNotifications } from '../colloquy/state/notifications.js'
import { useColloquy, usePart } from './context.js'

/** @import { Colloquy } from '../colloquy/index.js' */
/** @import { BotState, NotificationState } from '../colloquy/state/index.js' */
/** @import { BotView, NotificationView } from '../colloquy/state/types.js' */

/** @typedef {{subscribe: (fn: () => void) => () => void, release: () => void}} Watchable */

const INBOX = 'notifications'
const { book: _bot, ...NO_BOT } = emptyModel(null)
const { book: _inbox, ...NO_INBOX } = emptyNotifications()

/** @type {WeakMap<Colloquy, Map<string, {state: any, count: number}>>} */
const watched = new WeakMap()

/** @param {Colloquy} client */
function of(client) {
  let states = watched.get(client)
  if (!states) watched.set(client, (states = new Map()))
  return states
}

/**
 * @template {Watchable} S
 * @param {Colloquy} client
 * @param {string} name
 * @param {() => S} watch
 * @returns {{state: S, release: () => void}}
 */
function hold(client, name, watch) {
  const states = of(client)
  const state = watch()
  // The same name may lead to another state when all had let go of the first.
  const known = states.get(name)
  const entry = known?.state === state ? known : { state, count: 0 }
  entry.count += 1
  states.set(name, entry)
  const release = () => {
    entry.count -= 1
    if (entry.count === 0 && states.get(name) === entry) states.delete(name)
    state.release()
  }
  return { state, release }
}

/**
 * The state of a bot while it is watched, for calls; null before and after.
 * @param {Colloquy} client
 * @param {string} bot_id
 * @returns {BotState | null}
 */
export function botState(client, bot_id) {
  return of(client).get(`bot:${bot_id}`)?.state ?? null
}

/**
 * @param {Colloquy} client
 * @returns {NotificationState | null}
 */
export function inboxState(client) {
  return of(client).get(INBOX)?.state ?? null
}

/**
 * @template P
 * @param {string} bot_id
 * @param {(view: BotView) => P} select  The same function for the same choice.
 * @param {string} [session_id]  One that is open meanwhile.
 * @returns {P}
 */
export function useBotPart(bot_id, select, session_id) {
  const client = useColloquy()
  const subscribe = useCallback(
    (/** @type {() => void} */ changed) => {
      const { state, release } = hold(client, `bot:${bot_id}`, () => client.watch(bot_id))
      const end = state.subscribe(changed)
      if (session_id !== undefined) void state.open(session_id)
      return () => {
        if (session_id !== undefined) state.close(session_id)
        end()
        release()
      }
    },
    [client, bot_id, session_id],
  )
  return usePart(subscribe, () => botState(client, bot_id)?.get() ?? NO_BOT, select)
}

/**
 * @template P
 * @param {(view: NotificationView) => P} select
 * @returns {P}
 */
export function useInboxPart(select) {
  const client = useColloquy()
  const subscribe = useCallback(
    (/** @type {() => void} */ changed) => {
      const { state, release } = hold(client, INBOX, () => client.watchNotifications())
      const end = state.subscribe(changed)
      return () => {
        end()
        release()
      }
    },
    [client],
  )
  return usePart(subscribe, () => inboxState(client)?.get() ?? NO_INBOX, select)
}
