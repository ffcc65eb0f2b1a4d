// One document in the list: what it is, how far the work on it is, what can be done with it. And one file on its way there.

import { h } from '../lib/dom.js'
import { plural, size, timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { Menu } from '../lib/menus.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/**
 * What is shown of a document: as REST gives it and as the bot's state holds it.
 * @typedef {{ id: string, filename: string, content_type: string, size: number, status: string, stage?: string | null, progress: number,
 *   error?: string | null, chunks: number | null, pages?: number | null, uploaded_by: string | null, created_at: string }} Document
 */
/** @typedef {import('../lib/uploads.js').Upload} Upload */
/**
 * @typedef {object} DocumentActions
 * @property {boolean} canEdit
 * @property {(user_id: string | null) => string} nameOf
 * @property {(document: Document) => void} download
 * @property {(document: Document) => void} again
 * @property {(document: Document) => void} cancel
 * @property {(document: Document) => void} remove
 * @property {ReadonlySet<string>} busy  documents that something was asked for and not answered yet
 * @property {ReadonlySet<string>} fetching  those that are being downloaded
 */

/** @type {Record<string, [string, string, string]>} letters, colour, what its pages are called */
const KINDS = {
  'application/pdf': ['PDF', 'red', 'page'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['DOCX', 'blue', 'page'],
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': ['PPTX', 'amber', 'slide'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['XLSX', 'green', 'sheet'],
  'text/csv': ['CSV', 'green', 'sheet'],
  'text/markdown': ['MD', 'plain', 'page'],
  'text/html': ['HTML', 'plain', 'page'],
  'application/json': ['JSON', 'plain', 'page'],
  'text/plain': ['TXT', 'plain', 'page'],
}

/** @param {string} content_type @param {string} filename */
export function kindOf(content_type, filename) {
  const extension = /\.([a-z0-9]{1,4})$/i.exec(filename)?.[1]?.toUpperCase() ?? 'FILE'
  const [letters, colour, part] = KINDS[content_type] ?? [extension, 'plain', 'page']
  return { letters, colour, part }
}

/** @param {string} content_type @param {string} filename */
const tile = (content_type, filename) => {
  const { letters, colour } = kindOf(content_type, filename)
  return h('span', { class: `file-tile file-${colour}`, 'aria-hidden': 'true' }, letters)
}

const STAGES = { extracting: 'Reading the text', storing: 'Storing the passages', indexing: 'Making it findable' }

/** What is going on, in words. @param {Document} document */
export function stageOf({ status, stage }) {
  if (status === 'queued') return 'Waiting for its turn'
  return STAGES[/** @type {keyof typeof STAGES} */ (stage)] ?? 'Reading'
}

/** @param {Document} document @param {DocumentActions} actions */
export function documentRow(document, actions) {
  const { id, filename, status } = document
  const open = status === 'queued' || status === 'processing'
  return h('li', { key: id, class: `list-row document-row document-${status}`, id: `document-${id}`, tabindex: '-1' },
    tile(document.content_type, filename),
    h('div', { class: 'grow stack-s' },
      h('p', { class: 'title truncate', dir: 'auto', title: filename }, filename),
      facts(document, actions),
      open && work(document),
      status === 'failed' && h('p', { class: 'document-problem small' }, icon('alert'), h('span', null, document.error || 'It could not be read.'))),
    badge(status),
    h('div', { class: 'row document-actions' }, buttons(document, actions, open)))
}

/** @param {Document} document @param {DocumentActions} actions */
function facts(document, { nameOf }) {
  const { part } = kindOf(document.content_type, document.filename)
  const parts = [size(document.size), document.pages ? plural(document.pages, part) : null, document.status === 'processed' ? plural(document.chunks ?? 0, 'passage') : null]
  return h('p', { class: 'tiny muted document-facts' }, parts.filter(Boolean).map((text) => h('span', null, text)),
    h('span', null, `${nameOf(document.uploaded_by)}, `, timeAgo(document.created_at)))
}

/** @param {Document} document */
function work(document) {
  const percent = Math.round(document.progress * 100)
  return h('div', { class: 'document-work' },
    h('progress', { class: 'progress', max: '1', value: document.progress, 'aria-label': `${document.filename}: ${stageOf(document)}` }),
    h('span', { class: 'tiny muted nowrap' }, percent ? `${stageOf(document)}, ${percent} %` : stageOf(document)))
}

/** @param {string} status */
function badge(status) {
  if (status === 'processed') return h('span', { class: 'badge badge-ok not-phone' }, icon('check'), 'Ready')
  if (status === 'failed') return h('span', { class: 'badge badge-error' }, icon('alert'), 'Failed')
  if (status === 'cancelled') return h('span', { class: 'badge' }, 'Cancelled')
  return null
}

/** With keys: a button that goes must not become the next one under the pointer. @param {Document} document @param {DocumentActions} actions @param {boolean} open @returns {Child[]} */
function buttons(document, { canEdit, download, again, cancel, remove, busy, fetching }, open) {
  const { filename, status, id } = document
  const waits = busy.has(id)
  return [
    canEdit && open && h('button', { key: 'cancel', type: 'button', class: 'button small', 'aria-busy': waits, 'aria-disabled': waits, 'aria-label': `Cancel ${filename}`, onclick: () => cancel(document) }, 'Cancel'),
    canEdit && (status === 'failed' || status === 'cancelled') && h('button', {
      key: 'again', type: 'button', class: 'button small', 'aria-busy': waits, 'aria-disabled': waits, 'aria-label': `Try again: ${filename}`, onclick: () => again(document) }, icon('retry'), 'Try again'),
    h('button', { key: 'download', type: 'button', class: `button quiet icon-only ${canEdit ? 'not-phone' : ''}`, 'aria-label': `Download ${filename}`, title: 'Download', 'aria-busy': fetching.has(id), 'aria-disabled': fetching.has(id), onclick: () => download(document) }, icon('download')),
    canEdit && h(Menu, {
      key: 'menu',
      label: `More for ${filename}`,
      items: () => [
        { label: 'Download', icon: 'download', run: () => download(document) },
        status === 'processed' && { label: 'Read it again', icon: 'refresh', run: () => again(document) },
        { label: 'Delete document', icon: 'trash', danger: true, run: () => remove(document) },
      ],
    }),
  ]
}

/** @param {Upload} upload @param {{ drop: (key: string) => void, again: (key: string) => void, show: (document_id: string) => void }} actions */
export function uploadRow(upload, { drop, again, show }) {
  const { key, name, status, problem, existing } = upload
  const refused = status === 'refused'
  return h('li', { key: `upload-${key}`, class: `list-row document-row ${refused ? 'document-failed' : ''}` },
    tile('', name),
    h('div', { class: 'grow stack-s' },
      h('p', { class: 'title truncate', dir: 'auto', title: name }, name),
      refused ? h('p', { class: 'document-problem small' }, icon('alert'), h('span', null, problem)) : sending(upload)),
    refused && h('span', { class: 'badge badge-error' }, icon('alert'), 'Not added'),
    h('div', { class: 'row document-actions' },
      existing && h('button', { key: 'show', type: 'button', class: 'button small', onclick: () => show(existing) }, 'Show it'),
      upload.again && h('button', { key: 'again', type: 'button', class: 'button small', 'aria-label': `Try again: ${name}`, onclick: () => again(key) }, icon('retry'), 'Try again'),
      refused
        ? h('button', { key: 'dismiss', type: 'button', class: 'button quiet icon-only', 'aria-label': `Dismiss ${name}`, title: 'Dismiss', onclick: () => drop(key) }, icon('close'))
        : h('button', { key: 'cancel', type: 'button', class: 'button small', 'aria-label': `Cancel ${name}`, onclick: () => drop(key) }, 'Cancel')))
}

/** @param {Upload} upload */
function sending({ name, size: bytes, sent, status }) {
  const whole = status === 'sending' && sent >= bytes
  const words = status === 'waiting' ? 'Waits for the files before it' : whole ? 'Being checked' : `${size(sent)} of ${size(bytes)} sent`
  return h('div', { class: 'document-work' },
    // A bar that had a value once would stay at it: the one without is another.
    h('progress', { key: whole ? 'checking' : 'sending', class: 'progress', max: '1', value: whole || bytes === 0 ? undefined : sent / bytes, 'aria-label': `Uploading ${name}` }),
    h('span', { class: 'tiny muted nowrap' }, words))
}
