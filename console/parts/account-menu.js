// Who one is, the theme, help, and the ways out.

import { h } from '../lib/dom.js'
import { Menu } from '../lib/menus.js'
import { href, mayLeave } from '../lib/router.js'
import { routes } from '../lib/routes.js'
import { confirm, toastError } from '../lib/overlays.js'
import { session, signOut } from '../lib/session.js'
import { currentTheme, setTheme } from '../lib/theme.js'
import { Avatar } from './avatar.js'
import { lettersOn, showShortcuts } from './shortcuts.js'

/** @typedef {import('../lib/dom.js').Self} Self */

/** @type {{ theme: import('../lib/theme.js').Theme, label: string, icon: string }[]} */
const THEMES = [
  { theme: 'auto', label: 'Theme of the system', icon: 'settings' },
  { theme: 'light', label: 'Light', icon: 'sun' },
  { theme: 'dark', label: 'Dark', icon: 'moon' },
]

/** @param {{ all?: boolean }} [options] */
async function leave(options) {
  if (!await mayLeave(null)) return
  try {
    await signOut(options)
  } catch (error) {
    toastError(error, 'You are signed out in this browser alone')
  }
}

async function everywhere() {
  const yes = await confirm({
    title: 'Sign out everywhere?', confirm: 'Sign out everywhere', danger: true,
    message: 'Every browser, program and connection that is signed in as you is signed out, this one too.',
  })
  if (yes) await leave({ all: true })
}

/** On a phone the sidebar has no room for its links: they stand here. @returns {(import('../lib/menus.js').Item | 'line')[]} */
function places() {
  if (!matchMedia('(max-width: 44rem)').matches) return []
  const links = routes.filter((route) => route.nav && (route.access !== 'admin' || session.admin))
  const items = links.map((route) => ({ label: route.nav ?? '', icon: route.icon, href: href(route.path) }))
  return [{ label: 'Bots', icon: 'bot', href: href('/bots') }, ...items, 'line']
}

export function AccountMenu() {
  return () => {
    const user = session.user
    if (!user) return null
    return h(Menu, {
      label: `Account of ${user.username}`, align: 'start', class: 'account',
      button: [
        Avatar({ id: user.id, name: user.username }), h('span', { class: 'label truncate' }, user.username),
        h('span', { class: 'visually-hidden' }, ', account menu'),
      ],
      head: h('div', { class: 'menu-head' }, h('div', { class: 'strong truncate' }, user.username),
        user.email && h('div', { class: 'small muted truncate' }, user.email)),
      items: () => [
        ...places(),
        { label: 'Account', icon: 'person', href: href('/account') },
        { label: 'Keyboard shortcuts', icon: 'more', hint: lettersOn() ? '?' : undefined, run: showShortcuts },
        'line',
        ...THEMES.map(({ theme, label, icon }) => ({ label, icon, checked: currentTheme() === theme, run: () => setTheme(theme) })),
        'line',
        { label: 'Sign out', icon: 'sign-out', run: () => leave() },
        { label: 'Sign out everywhere', icon: 'sign-out', danger: true, run: everywhere },
      ],
    })
  }
}
