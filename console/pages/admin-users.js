// The people of the installation: their accounts can be disabled and enabled, and administrators made.

import { h } from '../lib/dom.js'
import { dateOnly } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { Menu } from '../lib/menus.js'
import { adminFrame, longList } from '../parts/admin-frame.js'
import { Avatar } from '../parts/avatar.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  const users = longList(ctx, (cursor) => ctx.api.adminListUsers({ limit: 100, cursor }))
  /** @type {unknown} */
  let failure
  let words = ''
  const load = async () => {
    try {
      await users.load()
      failure = undefined
    } catch (error) {
      failure = error
    }
    ctx.update()
  }
  load()

  /** @param {any} user @param {{ role?: string, disabled?: boolean }} change @param {{ title: string, message: string, confirm: string, done: string, danger?: boolean }} say */
  const change = async (user, change, say) => {
    if (!await ctx.confirm(say)) return
    await ctx.attempt(async () => {
      const next = await ctx.api.adminChangeUser({ user_id: user.id, ...change })
      users.put(next)
      ctx.toast({ tone: 'ok', message: say.done })
    }, 'Not changed')
  }
  /** @param {any} user */
  const actions = (user) => {
    const isAdmin = user.role === 'admin'
    return [
      isAdmin ? { label: 'Make a member', icon: 'person', run: () => change(user, { role: 'member' }, { title: `Make ${user.username} a member?`, confirm: 'Make a member', message: 'They can no longer see this administration. Their bots and conversations stay.', done: `${user.username} is a member now.` }) }
        : { label: 'Make an administrator', icon: 'admin', run: () => change(user, { role: 'admin' }, { title: `Make ${user.username} an administrator?`, confirm: 'Make an administrator', message: 'They can manage all people, bots and connections. That does not let them read conversations.', done: `${user.username} is an administrator now.` }) },
      /** @type {const} */ ('line'),
      user.disabled ? { label: 'Enable the account', icon: 'check', run: () => change(user, { disabled: false }, { title: `Enable ${user.username}?`, confirm: 'Enable', message: 'They can sign in again, with the roles they had.', done: `${user.username} may sign in again.` }) }
        : { label: 'Disable the account', icon: 'private', danger: true, run: () => change(user, { disabled: true }, { title: `Disable ${user.username}?`, confirm: 'Disable', danger: true, message: 'All their connections close at once and they cannot sign in. What they wrote stays. You can enable the account again.', done: `${user.username} is signed out and disabled.` }) },
    ]
  }
  return () => {
    const shown = (users.items ?? []).filter((user) => `${user.username} ${user.email ?? ''}`.toLowerCase().includes(words))
    return adminFrame(ctx, 'People',
      h('div', { class: 'page-tools' },
        h('label', { class: 'input-search grow' }, icon('search'), h('span', { class: 'visually-hidden' }, 'Find a person'),
          h('input', { type: 'search', class: 'input', placeholder: 'Name or e-mail', oninput: (/** @type {any} */ e) => { words = e.currentTarget.value.toLowerCase(); ctx.update() } })),
        h('span', { class: 'small muted', role: 'status' }, users.count(shown.length, 'person', 'people'))),
      Boolean(failure) && LoadError({ error: failure, again: load }),
      !users.items ? !failure && Skeleton() : shown.length === 0 ? Empty({ icon: 'people', title: 'Nobody found', text: 'No name or e-mail holds these words.' })
        : h('ul', { class: 'list' }, shown.map((user) => h('li', { key: user.id, class: 'list-row' },
          Avatar({ id: user.id, name: user.username }),
          h('div', { class: 'grow stack-s' }, h('div', { class: 'row-wrap' }, h('span', { class: 'title' }, user.username), badges(user, ctx.session.user?.id)),
            h('span', { class: 'small muted' }, user.email ? `${user.email} · ` : '', `here since ${dateOnly(user.created_at)}`)),
          h(Menu, { label: `Change ${user.username}`, items: () => actions(user) })))),
      users.more('people'),
      h('div', { class: 'note' }, icon('key'), h('p', null, 'New accounts and forgotten passwords are made at the server: ', h('code', null, 'colloquy admin create-user NAME'), ' and ', h('code', null, 'colloquy admin set-password NAME'), '.')))
  }
}

/** @param {any} user @param {string | undefined} me */
function badges(user, me) {
  return [
    user.id === me && h('span', { key: 'me', class: 'badge' }, 'you'),
    user.platform_admin && h('span', { key: 'platform', class: 'badge badge-accent' }, 'runs the installation'),
    user.role === 'admin' && h('span', { key: 'admin', class: 'badge badge-info' }, 'Administrator'),
    user.disabled && h('span', { key: 'off', class: 'badge badge-error' }, 'Disabled'),
  ]
}
