// The hook on a bot's documents: what is there, live, and what one is uploading.

import { useCallback, useEffect, useMemo, useReducer, useRef } from 'react'

import { useColloquy } from './context.js'
import { botState, useBotPart } from './watched.js'

/** @import { BotView } from '../colloquy/state/types.js' */

/**
 * @typedef {object} Upload  A file on its way; gone when its document is there.
 * @property {string} key
 * @property {string} bot_id
 * @property {string} filename
 * @property {number} loaded  Bytes.
 * @property {number} total
 * @property {'uploading' | 'uploaded' | 'failed'} status
 * @property {any} [error]  Why it failed.
 * @property {string} [document_id]
 * @property {() => void} dismiss  Stops it, or takes a failed one out of the list.
 */

/** @typedef {{add: Upload} | {key: string, change: Partial<Upload> | null}} Step */

/** @type {readonly Upload[]} */
const NONE = []
let counter = 0

/**
 * @param {readonly Upload[]} uploads
 * @param {Step} step
 * @returns {readonly Upload[]}
 */
function stepped(uploads, step) {
  if ('add' in step) return [...uploads, step.add]
  const { key, change } = step
  if (change === null) return uploads.filter((upload) => upload.key !== key)
  return uploads.map((upload) => (upload.key === key ? { ...upload, ...change } : upload))
}

/** @param {BotView} view */
const part = ({ documents, moreDocuments, role, status }) => ({ documents, more: moreDocuments, role, status })

/**
 * A bot's documents with stage and progress as they change, and uploads on their way. One that fails stays in `uploads` with its
 * error until it is dismissed, and `upload` resolves to null; the others reject when the server refuses.
 * @param {string} bot_id
 */
export function useDocuments(bot_id) {
  const client = useColloquy()
  const view = useBotPart(bot_id, part)
  const [uploads, step] = useReducer(stepped, NONE)
  const under_way = useMemo(
    () => uploads.filter((one) => one.bot_id === bot_id && !view.documents.some(({ id }) => id === one.document_id)),
    [uploads, bot_id, view.documents],
  )
  useArrivals(bot_id, view, uploads, step)
  const upload = useUpload(bot_id, step)
  const actions = useMemo(
    () => ({
      loadMore: async () => botState(client, bot_id)?.loadMoreDocuments(),
      /** Stops the work on it. @param {string} document_id */
      cancel: (document_id) => client.api.cancelDocument({ document_id }),
      /** Works on it again. @param {string} document_id */
      retry: (document_id) => client.api.reprocessDocument({ document_id }),
      /** Deletes it; resolves to the proof. @param {string} document_id */
      remove: (document_id) => client.api.deleteDocument({ document_id }),
    }),
    [client, bot_id],
  )
  return { ...view, uploads: under_way, upload, ...actions }
}

/**
 * Takes out what has arrived, once its document was seen or will not be: it is not to come back when that is deleted.
 * @param {string} bot_id
 * @param {Pick<BotView, 'documents' | 'status'>} view
 * @param {readonly Upload[]} uploads
 * @param {(step: Step) => void} step
 */
function useArrivals(bot_id, { documents, status }, uploads, step) {
  const seen = useRef(/** @type {Set<string>} */ (new Set()))
  useEffect(() => {
    for (const { id } of documents) seen.current.add(id)
    for (const { key, document_id, bot_id: of } of uploads) {
      if (document_id && (seen.current.has(document_id) || of !== bot_id || status === 'gone')) step({ key, change: null })
    }
  }, [bot_id, documents, status, uploads, step])
}

/**
 * @param {string} bot_id
 * @param {(step: Step) => void} step
 */
function useUpload(bot_id, step) {
  const client = useColloquy()
  // A step after the component has gone does nothing, which React allows.
  return useCallback(
    /**
     * @param {File | Blob} file
     * @param {{filename?: string, signal?: AbortSignal}} [options]
     */
    async (file, { filename, signal } = {}) => {
      const key = `upload ${(counter += 1)}`
      const control = new AbortController()
      const dismiss = () => {
        control.abort()
        step({ key, change: null })
      }
      const called = filename ?? /** @type {File} */ (file).name ?? ''
      step({ add: { key, bot_id, filename: called, loaded: 0, total: file.size, status: 'uploading', dismiss } })
      try {
        const document = await client.api.uploadDocument(
          { bot_id, file, ...(filename !== undefined && { filename }) },
          {
            signal: signal ? AbortSignal.any([signal, control.signal]) : control.signal,
            onProgress: ({ loaded, total }) => step({ key, change: { loaded, total } }),
          },
        )
        step({ key, change: { status: 'uploaded', document_id: document.id, loaded: file.size, total: file.size } })
        return document
      } catch (error) {
        step({ key, change: { status: 'failed', error } })
        return null
      }
    },
    [client, bot_id, step],
  )
}
