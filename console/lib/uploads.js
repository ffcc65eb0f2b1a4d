// Files on their way to a bot. They go on while one looks at another page, two at a time, and say what became of each.
// What the server makes of a file afterwards is a document of the bot's state, not of this list.

import { describe, toast } from './overlays.js'
import { go, place } from './router.js'
import { colloquy, onSession } from './session.js'

/** @typedef {import('../colloquy/schema.js').Document} Document */
/**
 * @typedef {object} Upload
 * @property {string} key  also makes sending it again safe
 * @property {string} bot_id
 * @property {string} name
 * @property {number} size
 * @property {'waiting' | 'sending' | 'sent' | 'refused'} status
 * @property {number} sent  bytes
 * @property {string} [problem]  why it was refused, in words
 * @property {boolean} [again]  whether another try may do
 * @property {string} [existing]  the document that has the same bytes
 * @property {Document} [document]  what came of it
 */

/** Files at once: more would only share the line. */
const AT_ONCE = 2

/** `crypto.randomUUID` is missing in pages that came over plain HTTP from another host. */
const freshKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** @type {(Upload & { file: File | null, control: AbortController })[]} */
let uploads = []

/** @type {Set<() => void>} */
const watchers = new Set()

/** @param {() => void} fn @returns {() => void} */
export function onUploads(fn) {
  watchers.add(fn)
  return () => { watchers.delete(fn) }
}

function changed() {
  for (const fn of [...watchers]) fn()
}

/** Newest first, as documents are. @param {string} bot_id @returns {Upload[]} */
export const uploadsOf = (bot_id) => uploads.filter((u) => u.bot_id === bot_id).reverse()

/** @param {string} bot_id @param {File[]} files */
export function upload(bot_id, files) {
  for (const file of files) {
    uploads.push({ key: freshKey(), bot_id, name: file.name, size: file.size, status: 'waiting', sent: 0, file, control: new AbortController() })
  }
  next()
}

/** Something that was dropped and is no file. @param {string} bot_id @param {string} name @param {string} problem */
export function refuse(bot_id, name, problem) {
  uploads.push({ key: freshKey(), bot_id, name, size: 0, status: 'refused', sent: 0, problem, file: null, control: new AbortController() })
  changed()
}

/** Take it off the list; if it is under way, stop it. @param {string} key */
export function dropUpload(key) {
  uploads.find((u) => u.key === key)?.control.abort()
  uploads = uploads.filter((u) => u.key !== key)
  next()
}

/** @param {string} key */
export function uploadAgain(key) {
  const found = uploads.find((u) => u.key === key)
  if (found?.status !== 'refused' || !found.file) return
  Object.assign(found, { status: 'waiting', sent: 0, problem: undefined, again: undefined, existing: undefined })
  next()
}

/** Those whose document stands in the bot's list now are done. @param {(document_id: string) => boolean} known */
export function settleUploads(known) {
  const left = uploads.filter((u) => !u.document || !known(u.document.id))
  if (left.length !== uploads.length) uploads = left
}

function next() {
  const free = AT_ONCE - uploads.filter((u) => u.status === 'sending').length
  for (const waiting of uploads.filter((u) => u.status === 'waiting').slice(0, Math.max(0, free))) send(waiting)
  changed()
}

/** @param {typeof uploads[number]} it */
async function send(it) {
  it.status = 'sending'
  const { bot_id, key, control } = it
  const file = /** @type {File} */ (it.file)
  const onProgress = (/** @type {{ loaded: number, total: number }} */ { loaded, total }) => {
    it.sent = total > 0 ? Math.round(it.size * Math.min(1, loaded / total)) : 0
    changed()
  }
  try {
    it.document = await colloquy.api.uploadDocument({ bot_id, file, filename: file.name }, { idempotencyKey: key, signal: control.signal, onProgress })
    it.status = 'sent'
    it.file = null
  } catch (error) {
    if (control.signal.aborted) return
    Object.assign(it, { status: 'refused', ...explain(error) })
    tell(it)
  }
  next()
}

/** Where the list of uploads is not before one's eyes. @param {Upload} upload */
function tell({ bot_id, name, problem = '' }) {
  const list = `/bots/${bot_id}/documents`
  if (place()?.path.replace(/\/$/, '') === list) return
  toast({ tone: 'error', title: `${name} was not added`, message: problem, action: { label: 'To the documents', run: () => go(list) } })
}

/** @param {any} error @returns {Partial<Upload>} */
function explain(error) {
  const { status, code, errors, problem } = error ?? {}
  if (code === 'document_exists') return { problem: 'The bot has this very file already.', existing: problem?.document_id ?? undefined }
  if (code === 'storage_full') return { problem: 'Your files take up all the room that one person has here. Delete some that are no longer needed.', again: true }
  if (status === 413) return { problem: 'The file is larger than this server takes.' }
  if (status === 415) return { problem: 'Files of this kind cannot be read. Text, Markdown, HTML, PDF, Word, PowerPoint, Excel, CSV and JSON can.' }
  if (status === 422) return { problem: errors?.length ? `The ${errors[0].field} ${errors[0].message}.` : describe(error) }
  if (status === 403 || status === 404) return { problem: 'You may no longer add documents to this bot.' }
  if (status === 0) return { problem: 'The connection broke off, or the file changed on your disk meanwhile.', again: true }
  return { problem: describe(error), again: true }
}

// Closing the tab would end what is under way.
addEventListener('beforeunload', (event) => {
  if (uploads.some((u) => u.status === 'waiting' || u.status === 'sending')) event.preventDefault()
})

onSession(() => {
  for (const { control } of uploads) control.abort()
  uploads = []
  changed()
})
