// What all pages of the administration share: the head with its tabs, and the way from an id to a name.

import { h } from '../lib/dom.js'
import { count, plural } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { showCurrent } from './bot-frame.js'
import { Button } from './button.js'

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

/** So many of a long list are loaded in one go. */
const MOST = 1000

/** @template T @typedef {(cursor: string | undefined) => Promise<{ items: T[], next_cursor?: string | null }>} Ask */

/** The items of a list that comes in pages, from a cursor on, and where it goes on. @template T @param {Ask<T>} ask @param {string} [from] @param {number} [most] */
async function pages(ask, from, most = MOST) {
  /** @type {T[]} */
  const items = []
  let cursor = from
  do {
    const page = await ask(cursor)
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor && items.length < most)
  return { items, cursor }
}

/** All items of a list that comes in pages, up to a bound. @template T @param {Ask<T>} ask @param {number} [most] @returns {Promise<T[]>} */
export const everything = async (ask, most) => (await pages(ask, undefined, most)).items

/** A list that may be very long, a thousand at a time. @param {Ctx} ctx @param {Ask<any>} ask */
export function longList(ctx, ask) {
  /** @type {any[] | null} */
  let items = null
  /** @type {string | undefined} */
  let cursor
  let busy = false
  return {
    get items() { return items },
    /** Anew, as much as is there. */
    async load() {
      ({ items, cursor } = await pages(ask, undefined, Math.max(MOST, items?.length ?? 0)))
    },
    /** @param {any} item in place of the one with the same id */
    put(item) {
      items = (items ?? []).map((one) => (one.id === item.id ? item : one))
    },
    /** How many of them are shown, in words. @param {number} shown @param {string} one @param {string} [many] */
    count(shown, one, many) {
      if (!items || !cursor) return items && plural(shown, one, many)
      return shown === items.length ? `the first ${plural(shown, one, many)}` : `${plural(shown, one, many)} of the first ${count(items.length)}`
    },
    /** @param {string} many */
    more(many) {
      if (!items || !cursor) return null
      const more = () => ctx.attempt(async () => {
        if (busy) return
        busy = true
        ctx.update()
        try {
          const next = await pages(ask, cursor)
          items = [...(items ?? []), ...next.items]
          cursor = next.cursor
        } finally {
          busy = false
        }
      }, 'Not loaded')
      return h('div', { class: 'row' }, h('p', { class: 'muted' }, `These are the first ${count(items.length)} ${many}.`), Button('Load more', more, { 'aria-busy': busy }))
    },
  }
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
