// Who is connected to what, since when, and how well they keep up; each connection can be closed.

import { focusNext, h, neighbour } from '../lib/dom.js'
import { ago, count, dateTime, plural, size } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { poll } from '../lib/polling.js'
import { connectionId } from '../lib/standing.js'
import { adminFrame, names } from '../parts/admin-frame.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'

const EVERY = 2000
/** @type {Record<string, string>} */
const KINDS = { chat: 'bot socket', notifications: 'notifications', multi: 'many channels', event_stream: 'event stream', poll: 'long poll' }

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  const known = names(ctx)
  /** @type {any[] | null} */
  let rows = null
  /** @type {string[]} */
  let silent = []
  /** @type {unknown} */
  let failure
  let words = ''
  /** Ids that no list has: a person who was deleted, for example. @type {Set<string>} */
  const nameless = new Set()
  const ask = async () => {
    try {
      const all = await ctx.api.socketConnections({})
      const found = Object.entries(/** @type {Record<string, any>} */ (all.connection_metadata)).map(([id, about]) => ({ id, ...about }))
      // Names are asked for once, and again when somebody new has come.
      const unknown = found.map((row) => row.user_id).filter((id) => !known.has(id) && !nameless.has(id))
      if (unknown.length > 0) {
        await known.load()
        for (const id of unknown) if (!known.has(id)) nameless.add(id)
      }
      rows = found.sort((a, b) => b.connected_at.localeCompare(a.connected_at) || a.id.localeCompare(b.id))
      silent = all.silent_nodes ?? []
      failure = undefined
    } catch (error) {
      failure = error
    }
    ctx.update()
  }
  const asking = poll(EVERY, ask)
  ctx.dispose(asking.stop)

  /** @param {any} row @param {any[]} shown the rows it stands among */
  const close = async (row, shown) => {
    const yes = await ctx.confirm({ title: 'Close this connection?', confirm: 'Close connection', danger: true,
      message: `${known.of(row.user_id)} is cut off here and may come back after half a minute. Nothing is lost: what was missed arrives then. To keep somebody out, disable the account or take the role.` })
    if (!yes) return
    await ctx.attempt(async () => {
      await ctx.api.closeConnection({ connection_id: row.id })
      ctx.toast({ tone: 'ok', message: 'The connection was closed.' })
      const beside = neighbour(shown, row.id)
      focusNext(beside ? `#connection-${beside.id}` : 'main h1', { always: true })
    }, 'Not closed')
    asking.now()
  }
  return () => {
    const shown = (rows ?? []).filter((row) => `${known.of(row.user_id)} ${bots(row).map(known.of).join(' ')} ${row.kind}`.toLowerCase().includes(words))
    return adminFrame(ctx, 'Connections',
      h('div', { class: 'page-tools' },
        h('label', { class: 'input-search grow' }, icon('search'), h('span', { class: 'visually-hidden' }, 'Find a connection'),
          h('input', { type: 'search', class: 'input', placeholder: 'Person, bot or kind', oninput: (/** @type {any} */ e) => { words = e.currentTarget.value.toLowerCase(); ctx.update() } })),
        h('span', { class: 'small muted' }, rows && plural(shown.length, 'connection'))),
      Boolean(failure) && LoadError({ error: failure, again: asking.now }),
      silent.length > 0 && h('div', { class: 'note note-warning' }, icon('alert'), h('p', null, `${plural(silent.length, 'node')} did not answer; connections there are not in this list.`)),
      !rows ? !failure && Skeleton() : shown.length === 0 ? Empty({ icon: 'plug', title: 'No connection', text: words ? 'None fits these words.' : 'Nobody is connected just now.' }) : table(shown, known, (row) => close(row, shown)))
  }
}

/** Ids begin with the time: what tells two apart is the end. @param {any} row @returns {string} */
const shortId = (row) => row.id.slice(-6)

/** @param {any} row @returns {string[]} */
const bots = (row) => (row.bot_id ? [row.bot_id] : row.bots ?? [])

/** @param {any[]} rows @param {ReturnType<typeof names>} known @param {(row: any) => void} close */
function table(rows, known, close) {
  return h('div', { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': 'Connections' }, h('table', null,
    h('thead', null, h('tr', null, ['Person', 'Looks at', 'Kind', 'Since'].map((title) => h('th', { key: title, scope: 'col' }, title)),
      h('th', { scope: 'col', class: 'number' }, 'Waiting'), h('th', { scope: 'col', class: 'number' }, 'Position'), h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Action')))),
    h('tbody', null, rows.map((row) => h('tr', { key: row.id, id: `connection-${row.id}` },
      h('th', { scope: 'row', class: 'strong' }, known.of(row.user_id)),
      h('td', null, looksAt(row, known)),
      h('td', null, h('span', { class: 'badge' }, KINDS[row.kind] ?? row.kind), row.id === connectionId() && [' ', h('span', { class: 'badge badge-accent' }, 'this page')]),
      h('td', { class: 'nowrap' }, h('time', { datetime: row.connected_at, title: dateTime(row.connected_at) }, ago(row.connected_at)), ' ', h('span', { class: 'tiny faint mono' }, shortId(row))),
      h('td', { class: 'number nowrap' }, row.queued_frames ? `${count(row.queued_frames)} (${size(row.queued_bytes)})` : '0'),
      h('td', { class: 'number mono' }, position(row, known)),
      h('td', { class: 'number' }, h('button', { type: 'button', class: 'button small danger-quiet', 'aria-label': `Close the connection of ${known.of(row.user_id)} since ${dateTime(row.connected_at)}, ${shortId(row)}`, onclick: () => close(row) }, 'Close')))))))
}

/** Up to which number it has been told; of several bots where each stands. @param {any} row @param {ReturnType<typeof names>} known */
function position(row, known) {
  if (row.kind !== 'multi') return row.position
  const all = Object.entries(/** @type {Record<string, number>} */ (row.positions))
  if (all.length < 2) return all[0]?.[1] ?? '–'
  const text = all.map(([bot, at]) => `${known.of(bot)}: ${at}`).join(', ')
  return h('span', { title: text }, `${all.length} bots`, h('span', { class: 'visually-hidden' }, `, ${text}`))
}

/** @param {any} row @param {ReturnType<typeof names>} known */
function looksAt(row, known) {
  const all = bots(row)
  if (all.length === 0) return h('span', { class: 'faint' }, 'no bot')
  return all.length > 3 ? `${all.slice(0, 2).map(known.of).join(', ')} and ${all.length - 2} more` : all.map(known.of).join(', ')
}
