// The shell around every page: skip link, sidebar with bots, bell, connection light and account menu.

import { h } from '../lib/dom.js'
import { bots, loadBots, onBots } from '../lib/bots.js'
import { icon, logo } from '../lib/icons.js'
import { href } from '../lib/router.js'
import { routes } from '../lib/routes.js'
import { session } from '../lib/session.js'
import { Avatar } from './avatar.js'
import { AccountMenu } from './account-menu.js'
import { Bell } from './bell.js'
import { Button } from './button.js'
import { ConnectionBanner, ConnectionLight } from './connection-light.js'
import { newBot } from './new-bot.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */

/** @param {Self} self @returns {(props: { place: import('../lib/router.js').Place | null, content: Child }) => Child} */
export function Shell(self) {
  self.dispose(onBots(self.update))
  return ({ place, content }) => h('div', { class: 'shell' },
    h('a', { class: 'skip', href: '#main' }, 'Skip to the page'),
    h('header', { class: 'side' },
      h('div', { class: 'side-head' },
        h('a', { class: 'wordmark grow', href: href('/bots'), 'aria-label': 'Colloquy, to my bots' }, logo(), h('span', null, 'Colloquy'))),
      h('nav', { class: 'side-nav', 'aria-label': 'Main' }, sideBots(place), sideLinks(place)),
      h('div', { class: 'side-foot' }, h(AccountMenu, null), h(ConnectionLight, null), h(Bell, null))),
    h('main', { id: 'main', tabindex: '-1' }, h(ConnectionBanner, null), content))
}

/** @param {import('../lib/router.js').Place | null} place */
function sideBots(place) {
  const current = place?.params.bot_id
  return [
    h('div', { class: 'side-title' }, h('span', null, 'Bots'),
      h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': 'New bot', title: 'New bot', onclick: newBot }, icon('add'))),
    // The page of bots says it itself.
    Boolean(bots.error) && place?.path !== '/bots' && h('div', { key: 'failed', class: 'stack-s small muted', role: 'status' },
      h('p', null, 'Your bots could not be loaded.'), Button('Try again', loadBots, { kind: 'small' })),
    bots.items.map((bot) => h('a', {
      key: bot.id, class: 'side-link', href: href(`/bots/${bot.id}`), title: bot.name, 'aria-current': bot.id === current ? 'true' : undefined,
    }, Avatar({ id: bot.id, name: bot.name, kind: 'bot', size: 's' }), h('span', { class: 'label grow truncate', dir: 'auto' }, bot.name),
    bots.fresh.has(bot.id) && h('span', { class: 'side-dot', role: 'img', 'aria-label': 'new messages' }))),
  ]
}

/** @param {import('../lib/router.js').Place | null} place */
function sideLinks(place) {
  const links = routes.filter((route) => route.nav && (route.access !== 'admin' || session.admin))
  if (links.length === 0) return null
  return [
    h('div', { class: 'side-title' }, h('span', null, session.admin ? 'Operation' : 'Tools')),
    links.map((route) => h('a', { key: route.path, class: 'side-link', href: href(route.path), title: route.nav, 'aria-current': place?.path.startsWith(route.path) ? 'page' : undefined },
      icon(route.icon ?? 'settings'), h('span', { class: 'label grow truncate' }, route.nav))),
  ]
}
