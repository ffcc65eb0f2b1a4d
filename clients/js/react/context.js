// The one client of a tree of components, and how a component reads what changes outside of React.

import { createContext, createElement, useCallback, useContext, useRef, useSyncExternalStore } from 'react'

/** @import { ReactNode } from 'react' */
/** @import { Colloquy } from '../colloquy/index.js' */

const Context = createContext(/** @type {Colloquy | null} */ (null))

/**
 * Gives the client to all components below.
 * @param {{client: Colloquy, children?: ReactNode}} props
 */
export function ColloquyProvider({ client, children }) {
  if (!client) throw new TypeError('ColloquyProvider needs a client')
  return createElement(Context.Provider, { value: client }, children)
}

/** The client itself. */
export function useColloquy() {
  const client = useContext(Context)
  if (!client) throw new Error('there is no ColloquyProvider around this component')
  return client
}

/**
 * Part of something outside: the component renders again only when a field of the part is another value.
 * @template T, P
 * @param {(changed: () => void) => () => void} subscribe  The same function until something else is to be listened to.
 * @param {() => T} get
 * @param {(whole: T) => P} select
 * @returns {P}
 */
export function usePart(subscribe, get, select) {
  const last = useRef(/** @type {{whole: T, select: (whole: T) => P, part: P} | null} */ (null))
  const part = () => {
    const whole = get()
    const before = last.current
    if (before && before.whole === whole && before.select === select) return before.part
    const fresh = select(whole)
    const kept = before && alike(before.part, fresh) ? before.part : fresh
    last.current = { whole, select, part: kept }
    return kept
  }
  return useSyncExternalStore(subscribe, part, part)
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function alike(one, other) {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other || Array.isArray(one) || Array.isArray(other)) return false
  const [a, b] = [/** @type {Record<string, unknown>} */ (one), /** @type {Record<string, unknown>} */ (other)]
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.is(a[name], b[name]))
}

/**
 * How the connection is, with the time there and back in milliseconds.
 * @returns {{state: string, latency: number | null, transport: string | null, reconnect: () => void}}
 */
export function useConnection() {
  const client = useColloquy()
  const subscribe = useCallback(
    (/** @type {() => void} */ changed) => {
      const ends = ['state', 'latency', 'transport'].map((type) => client.on(type, changed))
      return () => ends.forEach((end) => end())
    },
    [client],
  )
  const reconnect = useCallback(() => client.reconnect(), [client])
  const state = useSyncExternalStore(subscribe, () => client.state, () => 'closed')
  const latency = useSyncExternalStore(subscribe, () => client.latency, () => null)
  const transport = useSyncExternalStore(subscribe, () => client.transport, () => null)
  return { state, latency, transport, reconnect }
}
