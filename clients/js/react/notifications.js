// The hook on one's notifications.

import { useMemo } from 'react'

import { useColloquy } from './context.js'
import { inboxState, useInboxPart } from './watched.js'

/** @import { NotificationView } from '../colloquy/state/types.js' */

/** @param {NotificationView} view */
const all = ({ items, unread, more, loading, status }) => ({ items, unread, more, loading, status })

/** One's notifications over all bots, newest first, live. What one does is shown at once; it rejects when the server refuses. */
export function useNotifications() {
  const client = useColloquy()
  const view = useInboxPart(all)
  const actions = useMemo(
    () => ({
      /** @param {string} id */
      markRead: async (id) => inboxState(client)?.markRead(id),
      markAllRead: async () => inboxState(client)?.markAllRead(),
      /** Takes it out of the list. @param {string} id */
      dismiss: async (id) => inboxState(client)?.dismiss(id),
      loadMore: async () => inboxState(client)?.loadMore(),
    }),
    [client],
  )
  return useMemo(() => ({ ...view, ...actions }), [view, actions])
}
