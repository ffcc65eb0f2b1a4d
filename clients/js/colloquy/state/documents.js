// What events do to the documents of a bot. Every event carries the whole document as it then was; those without a number
// tell the progress alone, and are too late once the work has ended.

import { only, share, upsert } from './lists.js'

/** @import { BotModel, Document, Frame } from './types.js' */

const ENDED = ['processed', 'failed', 'cancelled']

/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export function documentUpdated(model, { bot_id = '', seq, data: { action, document } }) {
  const known = model.documents.find((row) => row.id === document.id)
  if (action === 'deleted') return { ...model, documents: only(model.documents, (row) => row.id !== document.id) }
  if (seq === undefined && (!known || ENDED.includes(known.status))) return model
  // One that is older than those that are loaded is left to its page.
  const oldest = model.documents.at(-1)
  if (!known && model.moreDocuments && oldest && document.id < oldest.id) return model
  return putDocument(model, { bot_id, ...document })
}

/**
 * @param {BotModel} model
 * @param {Document} document
 * @returns {BotModel}
 */
export function putDocument(model, document) {
  const known = model.documents.find((row) => row.id === document.id)
  const documents = upsert(model.documents, share(known, document), (row) => row.id, 'falling')
  return documents === model.documents ? model : { ...model, documents }
}
