// All notifications: what happened with one's bots, documents and name. Each can be read, followed and dismissed.

import { focusNext, h, neighbour } from '../lib/dom.js'
import { timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { notifications, onNotifications, target } from '../lib/notifications.js'
import { Button, IconButton, Segments } from '../parts/button.js'
import { Empty, Loading } from '../parts/states.js'

/** @typedef {import('../lib/notifications.js').Notification} Notification */

const ICONS = { permission_change: 'people', document: 'document', mention: 'at', bot_update: 'bot', system: 'alert' }

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  ctx.title('Notifications')
  ctx.dispose(onNotifications(ctx.update))
  let unreadOnly = false
  return () => {
    const { state } = notifications
    const unread = notifications.unread ? `Unread (${notifications.unread})` : 'Unread'
    const view = state?.get()
    const items = /** @type {readonly Notification[]} */ (view?.items ?? []).filter((n) => !unreadOnly || !n.read_at)
    return h('div', { class: 'page page-narrow' },
      h('div', { class: 'page-head' }, h('h1', null, 'Notifications'),
        Button('Mark all as read', async () => { await ctx.attempt(async () => state?.markAllRead()); focusNext('main h1') }, { icon: 'checks', disabled: notifications.unread === 0 })),
      Segments('Which to show', unreadOnly ? 'unread' : 'all', /** @type {const} */ ([['all', 'All'], ['unread', unread]]), (value) => {
        unreadOnly = value === 'unread'
        ctx.update()
      }),
      !view || view.status === 'loading' ? h(Loading, { lines: 3, again: () => { state?.refresh() } })
        : items.length === 0 ? Empty({
          icon: 'bell', title: unreadOnly ? 'Nothing unread' : 'Nothing yet',
          text: 'When a bot is shared with you, someone mentions you, or a document you uploaded is ready, it appears here.',
        })
          : h('ul', { class: 'list' }, items.map((n) => h('li', { key: n.id, id: `notice-${n.id}`, tabindex: '-1', class: `notice ${n.read_at ? '' : 'notice-unread'}` }, row(ctx, n, neighbour(items, n.id), unreadOnly)))),
      view?.more && Button('Older ones', () => ctx.attempt(async () => state?.loadMore()), { disabled: view.loading }))
  }
}

/** @param {import('../parts/page.js').Ctx} ctx @param {Notification} n @param {Notification | undefined} beside @param {boolean} goes  when it is read */
function row(ctx, n, beside, goes) {
  const { state } = notifications
  const path = target(n)
  const read = () => ctx.attempt(async () => { if (!n.read_at) await state?.markRead(n.id) })
  /** The button goes, and maybe the row. @param {boolean} stays */
  const focusRow = (stays) => focusNext(stays ? `#notice-${n.id}` : beside ? `#notice-${beside.id}` : 'main h1', { always: true })
  const text = h('div', { class: 'grow stack-s' },
    h('div', { class: 'row-wrap' }, h('span', { class: 'strong', dir: 'auto' }, n.title || 'Notification'),
      !n.read_at && h('span', { class: 'badge badge-accent' }, 'New')),
    n.message && h('p', { class: 'muted notice-text', dir: 'auto' }, n.message), h('p', { class: 'tiny faint' }, timeAgo(n.created_at)))
  return h('div', { class: 'list-row' },
    h('span', { class: 'notice-icon' }, icon(ICONS[/** @type {keyof typeof ICONS} */ (n.notification_type)] ?? 'bell')),
    path ? h('a', { class: 'grow notice-link', href: ctx.href(path), onclick: read }, text) : text,
    !n.read_at && IconButton('check', `Mark as read: ${n.title}`, () => { read(); focusRow(!goes) }, { key: 'read', kind: 'quiet small' }),
    IconButton('close', `Dismiss: ${n.title}`, () => { ctx.attempt(async () => state?.dismiss(n.id)); focusRow(false) }, { key: 'dismiss', kind: 'quiet small' }))
}
