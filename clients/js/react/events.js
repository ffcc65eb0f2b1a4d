// The hook on raw events, for what the others do not cover.

import { useEffect, useRef } from 'react'

import { useColloquy } from './context.js'

/**
 * Calls `listener` with what comes by a channel (`bot:ID`, `session:ID`, `notifications`, `tasks` …; null: none) while the
 * component is mounted. `types` is one type or several, as `channel.on` has them. The listener may be another function each time.
 * @param {string | null | undefined} channel
 * @param {string | readonly string[]} types
 * @param {(value: any) => void} listener
 */
export function useEvents(channel, types, listener) {
  const client = useColloquy()
  const latest = useRef(listener)
  useEffect(() => {
    latest.current = listener
  })
  const wanted = typeof types === 'string' ? types : types.join(' ')
  useEffect(() => {
    if (!channel) return undefined
    const joined = client.channel(channel)
    const ends = wanted.split(' ').map((type) => joined.on(type, (value) => latest.current(value)))
    return () => {
      for (const end of ends) end()
      joined.leave()
    }
  }, [client, channel, wanted])
}
