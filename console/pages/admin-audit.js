// Who did what, newest first, without the texts.

import { h } from '../lib/dom.js'
import { dateTime } from '../lib/format.js'
import { adminFrame, names } from '../parts/admin-frame.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  const known = names(ctx)
  /** @type {any[] | null} */
  let rows = null
  /** @type {string | undefined} */
  let cursor
  /** @type {unknown} */
  let failure
  let busy = false
  const load = async () => {
    if (busy) return
    busy = true
    ctx.update()
    try {
      const [page] = await Promise.all([ctx.api.adminAudit({ limit: 50, cursor }), rows ? undefined : known.load()])
      rows = [...(rows ?? []), ...page.items]
      cursor = page.next_cursor ?? undefined
      failure = undefined
    } catch (error) {
      failure = error
    }
    busy = false
    ctx.update()
  }
  load()
  return () => adminFrame(ctx, 'Audit',
    h('p', { class: 'muted' }, 'Every change, with who made it. Never a text, and nothing of other people’s private conversations.'),
    Boolean(failure) && LoadError({ error: failure, again: load }),
    !rows ? !failure && Skeleton() : rows.length === 0 ? Empty({ icon: 'history', title: 'Nothing has happened yet' }) : h('div', { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': 'Audit' }, h('table', null,
      h('thead', null, h('tr', null, ['When', 'Who', 'What', 'About', 'Details'].map((title) => h('th', { key: title, scope: 'col' }, title)))),
      h('tbody', null, rows.map((row, i) => h('tr', { key: i },
        h('th', { scope: 'row', class: 'nowrap' }, h('time', { datetime: row.at }, dateTime(row.at))),
        h('td', null, row.username ?? h('span', { class: 'faint' }, 'the server')),
        h('td', { class: 'nowrap' }, row.action.replaceAll('_', ' ')),
        h('td', { class: 'nowrap' }, about(row, known)),
        h('td', { class: 'small muted mono audit-details' }, details(row))))))),
    cursor && h('button', { type: 'button', class: 'button', 'aria-busy': busy, 'aria-disabled': busy, onclick: load }, 'Older'))
}

/** Whom and which bot, where there is a name for it. @param {any} row @param {ReturnType<typeof names>} known */
function about(row, known) {
  const ids = [row.target, row.bot_id].filter((id, i, all) => id && all.indexOf(id) === i)
  return ids.filter((id) => known.has(id)).map((id) => known.of(id)).join(', ')
}

/** @param {any} row */
function details(row) {
  const parts = Object.entries(row.details ?? {}).filter(([, value]) => value !== null)
  return parts.map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')
}
