// What all pages of the administration share: the head with its tabs, and the way from an id to a name.

import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { showCurrent } from './bot-frame.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('./page.js').Ctx} Ctx */

const TABS = [
  { path: '/admin', label: 'Overview', icon: 'eye' },
  { path: '/admin/connections', label: 'Connections', icon: 'plug' },
  { path: '/admin/tasks', label: 'Tasks', icon: 'history' },
  { path: '/admin/users', label: 'People', icon: 'people' },
  { path: '/admin/bots', label: 'Bots', icon: 'bot' },
  { path: '/admin/audit', label: 'Audit', icon: 'book' },
  { path: '/admin/broadcast', label: 'Broadcast', icon: 'bell' },
]

/** @param {Ctx} ctx @param {string} title @param {...Child} children */
export function adminFrame(ctx, title, ...children) {
  ctx.title(`${title} · Administration`)
  return h('div', { class: 'page page-admin' },
    h('div', { class: 'page-head' }, h('h1', null, 'Administration')),
    h('nav', { class: 'tabs', ref: showCurrent, 'aria-label': 'Parts of the administration' }, TABS.map((tab) => h('a', {
      key: tab.path, class: 'tab', href: ctx.href(tab.path), 'aria-current': ctx.path.replace(/\/$/, '') === tab.path ? 'page' : undefined,
    }, icon(tab.icon), tab.label))),
    h('h2', null, title),
    ...children)
}

/** All items of a list that comes in pages, up to a bound. @template T @param {(cursor: string | undefined) => Promise<{ items: T[], next_cursor?: string | null }>} ask @param {number} [most] @returns {Promise<T[]>} */
export async function everything(ask, most = 1000) {
  /** @type {T[]} */
  const all = []
  let cursor
  do {
    const page = await ask(cursor)
    all.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor && all.length < most)
  return all
}

/** Names of people and bots by their ids, loaded once per page. @param {Ctx} ctx */
export function names(ctx) {
  /** @type {Map<string, string>} */
  const known = new Map()
  const load = async () => {
    const [users, bots] = await Promise.all([
      everything((cursor) => ctx.api.adminListUsers({ limit: 100, cursor })),
      everything((cursor) => ctx.api.adminListBots({ limit: 100, cursor })),
    ])
    for (const user of users) known.set(user.id, user.username)
    for (const bot of bots) known.set(bot.id, bot.name)
  }
  return {
    load,
    /** @param {string | null | undefined} id */
    of: (id) => (id ? known.get(id) ?? id.slice(0, 13) : '–'),
    /** @param {string} id */
    has: (id) => known.has(id),
  }
}
