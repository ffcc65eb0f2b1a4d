// A passage of a document where it stands: with what comes before and after it, and a way to leaf on.

import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { openDialog } from '../lib/overlays.js'
import { colloquy } from '../lib/session.js'
import { LoadError, Skeleton } from './states.js'

/** @typedef {import('../colloquy/schema.js').Passage} Passage */

/**
 * @param {{ document_id: string, filename: string, chunk: number }} at
 * @param {string[]} [words]  to be marked in the text
 */
export async function showPassage({ document_id, filename, chunk }, words = []) {
  /** @type {import('../colloquy/schema.js').PassageInPlace | null} */
  let found = null
  /** @type {unknown} */
  let error
  let n = chunk
  /** Which way it goes on is known when it is there: until then nothing is pressed. */
  let busy = false
  let redraw = () => {}
  const load = async () => {
    error = undefined
    busy = true
    redraw()
    try {
      found = await colloquy.api.getPassage({ document_id, n })
    } catch (failure) {
      found = null
      error = failure
    }
    busy = false
    redraw()
  }
  const leaf = (/** @type {number} */ by) => {
    if (busy || !(by < 0 ? found?.before : found?.after)) return
    n += by
    load()
  }
  load()
  await openDialog({
    title: filename,
    size: 'large',
    sheet: true,
    view: (_close, update) => {
      redraw = update
      return h('div', { class: 'dialog-body passage-dialog', 'aria-busy': busy },
        error ? LoadError({ error, again: load }) : !found ? Skeleton(3) : place(found, words),
        h('div', { class: 'dialog-actions' },
          h('button', { type: 'button', class: 'button', 'aria-disabled': busy || !found?.before, onclick: () => leaf(-1) }, icon('back'), 'Earlier'),
          h('button', { type: 'button', class: 'button', 'aria-disabled': busy || !found?.after, onclick: () => leaf(1) }, 'Later', icon('chevron'))))
    },
  })
}

/** @param {import('../colloquy/schema.js').PassageInPlace} found @param {string[]} words */
function place({ passage, before, after }, words) {
  return h('div', { class: 'stack', role: 'status' },
    h('p', { class: 'small muted' }, whereabouts(passage)),
    h('div', { class: 'passage-place', tabindex: '0', role: 'region', 'aria-label': 'The passage and what stands around it' },
      before && h('p', { class: 'passage-around' }, before.text),
      h('p', { class: 'passage-text' }, marked(passage.text, words)),
      after && h('p', { class: 'passage-around' }, after.text)))
}

/** Page and headings. @param {Passage} passage */
export function whereabouts({ page, heading, chunk }) {
  return [page ? `Page ${page}` : null, heading || null, `passage ${chunk + 1}`].filter(Boolean).join(', ')
}

/** The text with its found words marked. @param {string} text @param {string[]} words */
export function marked(text, words) {
  if (words.length === 0) return text
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'giu')
  return text.split(pattern).map((part, i) => (i % 2 ? h('mark', null, part) : part))
}

/** The words of a question that are worth marking. @param {string} question */
export const wordsOf = (question) => [...new Set(question.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [])].slice(0, 20)
