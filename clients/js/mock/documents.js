// Documents: taken, and read at once or when the test says so. The mock looks at names and sizes; of what is inside it
// knows only whether that may be text.

import { notify } from './notifications.js'
import { invalid, notFound, Problem } from './problems.js'

/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./world.js').World} World */

const TYPES = /\.(txt|md|html?|pdf|docx|pptx|xlsx|csv|json)$/i

/** @param {Json} document */
export function documentView({ bytes: _, ...document }) {
  return document
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {{name: string, type?: string, bytes: Uint8Array} | undefined} file
 */
export async function upload(world, user, bot, file) {
  if (!file) throw invalid(['file', 'is required'])
  if (!TYPES.test(file.name) && file.bytes.includes(0)) throw new Problem(415, 'unsupported_media_type', 'This is no file that can be read. Text, Markdown, HTML, PDF, DOCX, PPTX, XLSX, CSV and JSON can.')
  const sha256 = await digest(file.bytes)
  const there = documentsOf(world, bot).find((one) => one.sha256 === sha256 && !['failed', 'cancelled'].includes(one.status))
  if (there) throw new Problem(409, 'document_exists', 'The bot has a document of the same bytes.', { document_id: there.id })
  return addDocument(world, user, bot, file, sha256)
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {{name: string, type?: string, bytes: Uint8Array}} file
 * @param {string} sha256
 */
export function addDocument(world, user, bot, { name, type, bytes }, sha256) {
  const document = {
    id: world.id(), bot_id: bot.id, filename: name, content_type: TYPES.test(name) && type ? type.split(';')[0] : 'text/plain', size: bytes.length, sha256,
    status: 'queued', stage: null, progress: 0, error: null, chunks: 0, pages: null, uploaded_by: user.id, created_at: world.time(), bytes,
  }
  world.documents.set(document.id, document)
  tell(world, bot, document, 'uploaded', user.id)
  return document
}

/**
 * Brings a document through its stages to its end.
 * @param {World} world
 * @param {Json} document
 * @param {{error?: string}} [how]
 */
export function process(world, document, { error } = {}) {
  const bot = world.bots.get(document.bot_id)
  if (!bot || !world.documents.has(document.id) || document.status === 'cancelled') return
  for (const [stage, progress] of /** @type {const} */ ([['extracting', 0], ['storing', 0.7], ['indexing', 0.9]])) {
    Object.assign(document, { status: 'processing', stage, progress })
    tell(world, bot, document, 'processing', document.uploaded_by)
    if (error) break
  }
  Object.assign(document, error ? { status: 'failed', stage: null, error } : { status: 'processed', stage: null, progress: 1, chunks: 1 })
  tell(world, bot, document, error ? 'failed' : 'processed', document.uploaded_by)
  const [title, message] = error
    ? [`${document.filename} could not be read`, error]
    : [`${document.filename} is ready`, `${bot.name} can answer from ${document.filename} now.`]
  notify(world, document.uploaded_by, 'document', { title, message, bot, action: error ? 'failed' : 'processed', details: { document_id: document.id } })
}

/**
 * A document that is being read gets on: a sign without a number.
 * @param {World} world
 * @param {Json} document
 * @param {number} progress from 0 to 1
 * @param {string} stage
 */
export function tick(world, document, progress, stage) {
  Object.assign(document, { status: 'processing', stage, progress })
  const { bot_id, ...data } = documentView(document)
  for (const peer of [...world.peers]) peer.signal(bot_id, 'document_update', { action: 'processing', document: data, user_id: document.uploaded_by })
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Json} document
 */
export function cancelDocument(world, user, document) {
  const bot = /** @type {Bot} */ (world.bots.get(document.bot_id))
  if (!['queued', 'processing'].includes(document.status)) return
  Object.assign(document, { status: 'cancelled', stage: null })
  tell(world, bot, document, 'cancelled', user.id)
}

/**
 * @param {World} world
 * @param {User} user
 * @param {Json} document
 */
export function deleteDocument(world, user, document) {
  world.documents.delete(document.id)
  tell(world, /** @type {Bot} */ (world.bots.get(document.bot_id)), document, 'deleted', user.id)
  return { chunks_removed: document.chunks, bytes_removed: document.size, citing_messages: 0 }
}

/**
 * Newest first.
 * @param {World} world
 * @param {Bot} bot
 */
export function documentsOf(world, bot) {
  return [...world.documents.values()].filter(({ bot_id }) => bot_id === bot.id).reverse()
}

/**
 * @param {World} world
 * @param {string} user
 * @param {string} id
 * @param {import('./types.js').Role} [role]
 */
export function documentOf(world, user, id, role = 'viewer') {
  const document = world.documents.get(id)
  const bot = document && world.bots.get(document.bot_id)
  if (!document || !bot || bot.deleted || !world.roleOn(bot, user)) throw notFound('document')
  world.bot(user, bot.id, role)
  return document
}

/**
 * @param {World} world
 * @param {Bot} bot
 * @param {Json} document
 * @param {string} action
 * @param {string} user_id
 */
function tell(world, bot, document, action, user_id) {
  const { bot_id: _, ...data } = documentView(document)
  world.record(bot, 'document_update', { action, document: data, user_id })
}

/** @param {Uint8Array} bytes */
async function digest(bytes) {
  const hash = await crypto.subtle.digest('SHA-256', /** @type {any} */ (bytes))
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
