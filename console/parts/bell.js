// The bell: how many notifications are unread. The list is a page of its own.

import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { href } from '../lib/router.js'
import { notifications, onNotifications } from '../lib/notifications.js'

/** @param {import('../lib/dom.js').Self} self */
export function Bell(self) {
  self.dispose(onNotifications(self.update))
  return () => {
    const { unread } = notifications
    const label = unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`
    return h('a', { class: 'button quiet icon-only bell', href: href('/notifications'), 'aria-label': label, title: label },
      icon('bell'), unread > 0 && h('span', { class: 'count', 'aria-hidden': 'true' }, unread > 99 ? '99+' : String(unread)))
  }
}
