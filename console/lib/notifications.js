// One's own notifications: the client's state, joined while someone is signed in, the unread number for bell and title,
// and a toast for each that arrives. The list itself is drawn by pages/notifications.js.

import { loadBotsSoon } from './bots.js'
import { dropToasts, toast } from './overlays.js'
import { go, href, setTitleBadge } from './router.js'
import { colloquy, onSession, session } from './session.js'

/** @typedef {{ id: string, notification_type: string, title: string, message: string, bot_id: string | null, action: string | null, details: any, created_at: string, read_at: string | null }} Notification */

/** @type {ReturnType<typeof colloquy.watchNotifications> | null} */
let state = null
/** @type {(() => void)[]} */
let offs = []
/** @type {Set<() => void>} */
const watchers = new Set()

export const notifications = {
  get unread() {
    return state?.get().unread ?? 0
  },
  /** The client's state of notifications; null while signed out. */
  get state() {
    return state
  },
}

/** @param {() => void} fn @returns {() => void} */
export function onNotifications(fn) {
  watchers.add(fn)
  return () => { watchers.delete(fn) }
}

function changed() {
  setTitleBadge(notifications.unread)
  for (const fn of [...watchers]) fn()
}

/** What happened in a conversation is known to whoever reads it. @param {string} session_id */
export function readIn(session_id) {
  for (const n of state?.get().items ?? []) {
    if (!n.read_at && n.details?.session_id === session_id) state?.markRead(n.id).catch(() => {})
  }
}

/** The bot is out of reach now. @param {{ action?: string | null }} n */
const isLoss = ({ action }) => action === 'revoked' || action === 'deleted'

/** Where a notification leads. @param {{ bot_id: string | null, action?: string | null, notification_type: string, details?: any }} n @returns {string | null} path */
export function target(n) {
  if (!n.bot_id || isLoss(n)) return null
  const { session_id, message_id } = n.details ?? {}
  if (session_id) return `/bots/${n.bot_id}/conversations/${session_id}${message_id ? `?message=${message_id}` : ''}`
  return `/bots/${n.bot_id}${n.notification_type === 'document' ? '/documents' : ''}`
}

/** @param {any} frame */
function arrived(frame) {
  const { data, notification_type } = frame
  if (notification_type === 'permission_change' || notification_type === 'bot_update') loadBotsSoon()
  if (data.bot_id && isLoss(data)) {
    dropToasts(data.bot_id)
    // Whoever looks at the bot is told by its page.
    if (`${location.pathname}/`.startsWith(href(`/bots/${data.bot_id}/`))) return
  }
  const path = target({ ...data, notification_type })
  if (path && location.pathname === new URL(href(path), location.origin).pathname && !document.hidden) return
  toast({
    key: data.notification_id, about: data.bot_id ?? undefined, title: data.title, message: data.message, tone: notification_type === 'system' && data.details?.level === 'warning' ? 'warning' : 'info',
    seconds: 8, action: path ? { label: 'Show', run: () => { state?.markRead(data.notification_id); go(path) } } : undefined,
  })
}

onSession(() => {
  for (const off of offs) off()
  offs = []
  state = null
  if (session.user) {
    const own = colloquy.watchNotifications()
    const channel = colloquy.notifications()
    state = own
    offs = [own.subscribe(changed), () => own.release(), channel.on('notification', arrived), () => channel.leave()]
  }
  changed()
})
