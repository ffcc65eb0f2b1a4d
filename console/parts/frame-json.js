// A JSON value as lines that fold. Long lists and deep values start folded; a text that is no JSON is shown as it is.

import { h } from '../lib/dom.js'

/** @typedef {import('../lib/dom.js').Child} Child */

/** Entries of one list or object that are drawn. */
const MOST = 200
/** Levels that start open. */
const OPEN = 3

/** @param {{ text: string }} props @returns {Child} */
export function FrameJson({ text }) {
  let value
  try {
    value = JSON.parse(text)
  } catch {
    return h('pre', { class: 'code-block wrap' }, text)
  }
  return h('div', { class: 'json' }, node(null, value, 0))
}

/** @param {string | null} name @param {unknown} value @param {number} depth @returns {Child} */
function node(name, value, depth) {
  if (value === null || typeof value !== 'object') return h('div', { class: 'json-line' }, label(name), leaf(value))
  const entries = Object.entries(value)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  if (entries.length === 0) return h('div', { class: 'json-line' }, label(name), open + close)
  const shown = entries.slice(0, MOST)
  return h('details', { class: 'json-node', open: depth < OPEN && entries.length <= 50 },
    h('summary', null, label(name), h('span', { class: 'muted' }, `${open} ${entries.length} ${close}`)),
    h('div', { class: 'json-children' },
      shown.map(([key, inner]) => node(Array.isArray(value) ? null : key, inner, depth + 1)),
      entries.length > MOST && h('div', { class: 'json-line muted' }, `… ${entries.length - MOST} more: copy the frame to see them`)))
}

/** @param {string | null} name */
const label = (name) => name !== null && h('span', { class: 'json-key' }, `${name}: `)

/** @param {unknown} value */
function leaf(value) {
  const kind = typeof value === 'string' ? 'text' : 'word'
  return h('span', { class: `json-${kind}` }, JSON.stringify(value))
}
