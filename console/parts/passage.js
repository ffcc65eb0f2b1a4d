// The passage that a citation leads to: the quoted words in their place, what stands before and after, and the document.
// On a wide screen a panel beside the conversation, on a phone a sheet over it.

import { unreachable } from '../colloquy/error.js'
import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { colloquy } from '../lib/session.js'
import { findQuote } from '../lib/text.js'
import { toastError } from '../lib/overlays.js'
import { IconButton } from './button.js'
import { LoadError, Skeleton } from './states.js'

/**
 * @typedef {{ document_id: string, filename: string, chunk: number, page?: number | null, heading?: string, quote?: string,
 *   n: number }} Cited
 */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {{ cited: Cited, close: () => void }} PassageProps */

/** @param {Self} self @param {PassageProps} first @returns {(props: PassageProps) => Child} */
export function PassagePanel(self, { cited, close }) {
  /** @type {any} */
  let found = null
  /** @type {unknown} */
  let failure
  const load = async () => {
    failure = undefined
    self.update()
    try {
      found = await colloquy.api.getPassage({ document_id: cited.document_id, n: cited.chunk })
    } catch (error) {
      failure = error
    }
    self.update()
  }
  load()
  let saving = false
  const save = async () => {
    if (saving) return
    saving = true
    self.update()
    await download(cited)
    saving = false
    self.update()
  }
  const focus = (/** @type {HTMLElement} */ node) => node.focus({ preventScroll: true })
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open], :popover-open:not(.toasts)')) close()
  }
  addEventListener('keydown', escape)
  self.dispose(() => removeEventListener('keydown', escape))
  return () => h('aside', { class: 'detail', 'aria-label': `Source ${cited.n}` },
    h('header', { class: 'detail-head' },
      h('span', { class: 'cite', 'aria-hidden': 'true' }, String(cited.n)),
      h('h2', { class: 'grow truncate', tabindex: '-1', title: cited.filename, ref: focus }, cited.filename),
      IconButton('download', 'Download the document', save, { kind: 'quiet small', 'aria-busy': saving, 'aria-disabled': saving }),
      IconButton('close', 'Close the source', close, { kind: 'quiet small' })),
    h('div', { class: 'detail-body' },
      h('p', { class: 'small muted' }, [cited.heading, cited.page ? `page ${cited.page}` : '', `passage ${cited.chunk + 1}`].filter(Boolean).join(' · ')),
      failure ? gone(failure, load) : !found ? Skeleton(3) : [
        found.before && h('p', { class: 'context', dir: 'auto' }, found.before.text),
        h('blockquote', { class: 'passage', dir: 'auto' }, quoted(found.passage.text, cited.quote ?? '')),
        found.after && h('p', { class: 'context', dir: 'auto' }, found.after.text)]))
}

/** @param {unknown} error @param {() => void} again */
function gone(error, again) {
  if (/** @type {{ status?: number }} */ (error).status !== 404) return LoadError({ error, again })
  return h('div', { class: 'note' }, icon('info'), h('p', null, 'This document was deleted, or read anew so that the passage has another place now.'))
}

/** @param {string} text @param {string} quote @returns {Child} */
function quoted(text, quote) {
  const found = findQuote(text, quote)
  return found ? [text.slice(0, found[0]), h('mark', null, text.slice(...found)), text.slice(found[1])] : text
}

/** The content comes with the token, so it is fetched and saved, not linked. @param {{ document_id: string, filename: string }} which */
export async function download({ document_id, filename }) {
  try {
    const response = await colloquy.api.downloadDocument({ document_id })
    // What is cut off on its way is the server out of reach, as it is before the first byte.
    const url = URL.createObjectURL(await response.blob().catch((error) => { throw unreachable(error) }))
    const link = document.createElement('a')
    link.href = url
    link.download = filename
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  } catch (error) {
    toastError(error, 'Not downloaded')
  }
}
