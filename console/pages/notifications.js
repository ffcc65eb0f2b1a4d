// All notifications: what happened with one's bots, documents and name. Each can be read, followed and dismissed.

import { h } from '../lib/dom.js'
import { timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { notifications, onNotifications, target } from '../lib/notifications.js'
import { Empty, Skeleton } from '../parts/states.js'

/** @typedef {import('../lib/notifications.js').Notification} Notification */

const ICONS = { permission_change: 'people', document: 'document', mention: 'at', bot_update: 'bot', system: 'alert' }

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  ctx.title('Notifications')
  ctx.dispose(onNotifications(ctx.update))
  let unreadOnly = false
  return () => {
    const { state } = notifications
    const view = state?.get()
    const items = /** @type {readonly Notification[]} */ (view?.items ?? []).filter((n) => !unreadOnly || !n.read_at)
    return h('div', { class: 'page page-narrow' },
      h('div', { class: 'page-head' }, h('h1', null, 'Notifications'),
        h('button', { type: 'button', class: 'button', disabled: notifications.unread === 0, onclick: () => ctx.attempt(async () => state?.markAllRead()) }, icon('checks'), 'Mark all as read')),
      h('div', { class: 'segments', role: 'group', 'aria-label': 'Which to show' },
        [[false, 'All'], [true, `Unread${notifications.unread ? ` (${notifications.unread})` : ''}`]].map(([value, label]) => h('button', {
          key: String(value), type: 'button', class: 'segment', 'aria-pressed': unreadOnly === value, onclick: () => { unreadOnly = Boolean(value); ctx.update() } }, label))),
      !view || view.status === 'loading' ? Skeleton(3)
        : items.length === 0 ? Empty({ icon: 'bell', title: unreadOnly ? 'Nothing unread' : 'Nothing yet', text: 'When a bot is shared with you, someone mentions you, or a document you uploaded is ready, it appears here.' })
          : h('ul', { class: 'list' }, items.map((n) => h('li', { key: n.id, class: `notice ${n.read_at ? '' : 'notice-unread'}` }, row(ctx, n)))),
      view?.more && h('button', { type: 'button', class: 'button', disabled: view.loading, onclick: () => ctx.attempt(async () => state?.loadMore()) }, 'Older ones'))
  }
}

/** @param {import('../parts/page.js').Ctx} ctx @param {Notification} n */
function row(ctx, n) {
  const { state } = notifications
  const path = target(n)
  const read = () => ctx.attempt(async () => { if (!n.read_at) await state?.markRead(n.id) })
  const text = h('div', { class: 'grow stack-s' },
    h('div', { class: 'row-wrap' }, h('span', { class: 'strong' }, n.title || 'Notification'), !n.read_at && h('span', { class: 'badge badge-accent' }, 'New')),
    n.message && h('p', { class: 'muted' }, n.message), h('p', { class: 'tiny faint' }, timeAgo(n.created_at)))
  return h('div', { class: 'list-row' },
    h('span', { class: 'notice-icon' }, icon(ICONS[/** @type {keyof typeof ICONS} */ (n.notification_type)] ?? 'bell')),
    path ? h('a', { class: 'grow notice-link', href: ctx.href(path), onclick: read }, text) : text,
    !n.read_at && h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': `Mark as read: ${n.title}`, title: 'Mark as read', onclick: read }, icon('check')),
    h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': `Dismiss: ${n.title}`, title: 'Dismiss', onclick: () => ctx.attempt(async () => state?.dismiss(n.id)) }, icon('close')))
}
