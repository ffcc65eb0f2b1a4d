// The work in the background: documents that are read or cleared away, answers that are written. Looked at anew while it is open.

import { h } from '../lib/dom.js'
import { plural, timeAgo } from '../lib/format.js'
import { poll } from '../lib/polling.js'
import { adminFrame, everything } from '../parts/admin-frame.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'

const EVERY = 2000
/** @type {Record<string, string>} */
const KINDS = { read_document: 'Reading a document', clear_document: 'Clearing a document away', write_answer: 'Writing an answer' }
/** @type {Record<string, string>} */
const STAGES = { extracting: 'extracting text', storing: 'storing', indexing: 'indexing' }

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  /** @type {any[] | null} */
  let tasks = null
  /** @type {unknown} */
  let failure
  const asking = poll(EVERY, async () => {
    try {
      tasks = await everything((cursor) => ctx.api.adminListTasks({ limit: 100, cursor }), 500)
      failure = undefined
    } catch (error) {
      failure = error
    }
    ctx.update()
  })
  ctx.dispose(asking.stop)
  return () => adminFrame(ctx, 'Tasks',
    h('div', { class: 'page-tools' }, h('p', { class: 'muted grow' }, 'What is being done now or waits for its turn. What has ended is not here.'),
      h('span', { class: 'small muted', role: 'status' }, tasks && plural(tasks.length, 'task'))),
    Boolean(failure) && LoadError({ error: failure, again: asking.now }),
    !tasks ? !failure && Skeleton() : tasks.length === 0 ? Empty({ icon: 'check', title: 'Nothing to do', text: 'Documents that are added and questions that are asked appear here while they are worked on.' }) : table(tasks))
}

/** @param {any[]} tasks */
function table(tasks) {
  return h('div', { class: 'table-wrap', tabindex: '0', role: 'region', 'aria-label': 'Tasks' }, h('table', null,
    h('thead', null, h('tr', null, ['Task', 'Bot', 'For', 'State', 'Tries', 'Since'].map((title) => h('th', { key: title, scope: 'col' }, title)))),
    h('tbody', null, tasks.map((task) => h('tr', { key: task.task_id },
      h('th', { scope: 'row' }, KINDS[task.kind] ?? task.kind),
      h('td', null, task.bot_name),
      h('td', null, task.username ?? h('span', { class: 'faint' }, 'nobody')),
      h('td', null, state(task)),
      h('td', { class: 'mono' }, task.attempts ?? '–'),
      h('td', { class: 'nowrap' }, timeAgo(task.created_at)))))))
}

/** @param {any} task */
function state(task) {
  if (task.status === 'queued') return [h('span', { class: 'badge' }, 'Waiting'), task.due_at && h('span', { class: 'small muted' }, ' until ', timeAgo(task.due_at))]
  const stage = STAGES[task.stage] ?? task.stage
  return h('div', { class: 'stack-s' }, h('div', { class: 'row small' }, h('span', { class: 'badge badge-info' }, 'At work'), stage, task.node && h('span', { class: 'faint mono', title: 'The node that is at it' }, task.node.slice(0, 8))),
    typeof task.progress === 'number' && h('progress', { class: 'progress', max: '1', value: task.progress, 'aria-label': 'Progress' }))
}
