// The overview of the administration: what the server is doing now and did in the last minutes, as plots and as a table.

import { h } from '../lib/dom.js'
import { count, size, timeOfDay } from '../lib/format.js'
import { poll } from '../lib/polling.js'
import { addSample, allSamples, forgetSamples, series } from '../lib/samples.js'
import { onSession, session } from '../lib/session.js'
import { adminFrame } from '../parts/admin-frame.js'
import { Plot } from '../parts/plot.js'
import { LoadError, Skeleton } from '../parts/states.js'

/** Milliseconds between two looks. */
const EVERY = 2000
/** Lines of the table. */
const LINES = 30

const perSecond = (/** @type {number} */ value) => `${Math.round(value * 10) / 10 < 10 ? Math.round(value * 10) / 10 : Math.round(value)}/s`
/** @type {{ name: string, title: string, write: (value: number) => string, hint?: string }[]} */
const FIGURES = [
  { name: 'connections', title: 'Connections', write: count },
  { name: 'people', title: 'People connected', write: count },
  { name: 'bots', title: 'Bots looked at', write: count },
  { name: 'queued', title: 'Waiting frames', write: count, hint: 'in the queues of all connections' },
  { name: 'bytes', title: 'Waiting bytes', write: size },
  { name: 'dropped', title: 'Passing frames dropped', write: perSecond, hint: 'for slow readers; nothing numbered is ever dropped' },
  { name: 'ended', title: 'Connections ended', write: perSecond },
  { name: 'slow', title: 'Ended for reading too slowly', write: perSecond, hint: 'closed with 4008; they resume' },
]

onSession(() => { if (!session.user) forgetSamples() })

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  /** @type {unknown} */
  let failure
  /** @type {any} */
  let stats = null
  let table = false
  const ask = async () => {
    try {
      stats = await ctx.api.socketStats({})
      failure = undefined
      keep(stats)
    } catch (error) {
      failure = error
    }
    ctx.update()
  }
  const asking = poll(EVERY, ask)
  ctx.dispose(asking.stop)
  return () => adminFrame(ctx, 'Overview',
    Boolean(failure) && LoadError({ error: failure, again: asking.now }),
    !stats && !failure && Skeleton(),
    stats && [
      h('div', { class: 'page-tools', key: 'tools' }, h('p', { class: 'muted grow' }, 'Looked at every two seconds while this page is open.'),
        h('div', { class: 'segments', role: 'group', 'aria-label': 'Shown as' }, [[false, 'Plots'], [true, 'Table']].map(([value, label]) => h('button', {
          key: String(label), type: 'button', class: 'segment', 'aria-pressed': table === value, onclick: () => { table = Boolean(value); ctx.update() } }, String(label))))),
      table ? figureTable() : h('div', { class: 'plots', key: 'plots' }, FIGURES.map((figure) => Plot({ ...figure, samples: series(figure.name) }))),
      h('section', { class: 'section', key: 'nodes' }, h('h3', null, 'Nodes'), nodeTable(stats)),
      h('section', { class: 'section', key: 'closes' }, h('h3', null, 'Ends of connections since the start, by code'), closes(stats)),
    ])
}

/** @param {any} stats */
function keep(stats) {
  const closed = Object.values(stats.closes).reduce((sum, n) => sum + Number(n), 0)
  addSample(Date.now(), {
    connections: stats.total_connections, people: stats.connected_users, bots: stats.bot_subscriptions, queued: stats.queued_frames, bytes: stats.queued_bytes,
  }, { dropped: stats.dropped, ended: closed, slow: stats.closes['4008'] ?? 0 })
}

function figureTable() {
  const lines = allSamples().slice(-LINES).reverse()
  return h('div', { class: 'table-wrap', key: 'table', tabindex: '0', role: 'region', 'aria-label': 'The latest figures' }, h('table', null,
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Time'), FIGURES.map((figure) => h('th', { key: figure.name, scope: 'col', class: 'number' }, figure.title)))),
    h('tbody', null, lines.map((line) => h('tr', { key: line.at }, h('th', { scope: 'row' }, `${timeOfDay(new Date(line.at))}:${String(new Date(line.at).getSeconds()).padStart(2, '0')}`),
      FIGURES.map((figure) => h('td', { key: figure.name, class: 'number' }, figure.write(line.figures[figure.name] ?? 0))))))))
}

/** @param {any} stats */
function nodeTable(stats) {
  return h('div', { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': 'Nodes' }, h('table', null,
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Node'), ['Connections', 'People', 'Waiting frames', 'Dropped'].map((title) => h('th', { key: title, scope: 'col', class: 'number' }, title)))),
    h('tbody', null, stats.nodes.map((/** @type {any} */ one) => h('tr', { key: one.node },
      h('th', { scope: 'row', class: 'mono' }, one.node.slice(0, 8), one.is_this && h('span', { class: 'badge badge-accent' }, 'answers you')),
      one.figures ? [one.figures.total_connections, one.figures.connected_users, one.figures.queued_frames, one.figures.dropped].map((n, i) => h('td', { key: i, class: 'number' }, count(n)))
        : h('td', { colspan: '4' }, h('span', { class: 'badge badge-warning' }, 'does not answer')))))))
}

/** @param {any} stats */
function closes(stats) {
  const all = Object.entries(stats.closes)
  if (all.length === 0) return h('p', { class: 'muted' }, 'None has ended yet.')
  return h('dl', { class: 'facts' }, all.map(([code, n]) => [h('dt', { key: `t${code}`, class: 'mono' }, code), h('dd', { key: `d${code}` }, count(Number(n)))]))
}
