// Two texts compared, drawn: in one column with words put in and taken out, or side by side. Long stretches without a change
// are folded.

import { h } from '../lib/dom.js'
import { diffRows, diffWords } from '../lib/diff.js'
import { plural } from '../lib/format.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/diff.js').Piece} Piece */
/** @typedef {{ before: string, after: string, side?: boolean, label: string }} DiffProps */

/** Unchanged lines that stay beside a change; more than three times as many in one stretch are folded. */
const CONTEXT = 2

/** @param {import('../lib/dom.js').Self} self @returns {(props: DiffProps) => Child} */
export function DiffView(self) {
  /** Stretches that were opened. @type {Set<number>} */
  const open = new Set()
  let last = ''
  const fold = (/** @type {number} */ at, /** @type {number} */ lines) => h('button', { key: `fold-${at}`, type: 'button', class: 'diff-fold', onclick: () => { open.add(at); self.update() } }, `${plural(lines, 'line')} unchanged`)
  return ({ before, after, side, label }) => {
    const id = `${before}\u0000${after}`
    if (id !== last) open.clear()
    last = id
    if (before === after) return h('p', { class: 'muted small' }, 'No difference.')
    return side ? sideBySide(before, after, label, open, fold) : inline(before, after, label, open, fold)
  }
}

/** @typedef {(at: number, lines: number) => Child} Fold */

/** @param {string} before @param {string} after @param {string} label @param {Set<number>} open @param {Fold} fold */
function inline(before, after, label, open, fold) {
  const pieces = diffWords(before, after)
  return h('div', { class: 'diff diff-text', role: 'group', 'aria-label': label, tabindex: '0' }, pieces.map((piece, i) => {
    if (piece.type !== 'same') return mark(piece)
    const lines = piece.text.match(/[^\n]*\n|[^\n]+$/g) ?? []
    const head = i === 0 ? 0 : CONTEXT + 1
    const tail = i === pieces.length - 1 ? 0 : CONTEXT + 1
    const hidden = lines.length - head - tail
    if (hidden <= CONTEXT * 2 || open.has(i)) return h('span', null, piece.text)
    return [h('span', null, lines.slice(0, head).join('')), fold(i, hidden), h('span', null, lines.slice(lines.length - tail).join(''))]
  }))
}

/** @param {string} before @param {string} after @param {string} label @param {Set<number>} open @param {Fold} fold */
function sideBySide(before, after, label, open, fold) {
  const rows = diffRows(before, after)
  /** @type {Child[]} */
  const out = []
  for (let i = 0; i < rows.length;) {
    let end = i
    while (end < rows.length && rows[end].type === 'same') end += 1
    const head = i === 0 ? 0 : CONTEXT
    const tail = end === rows.length ? 0 : CONTEXT
    if (end - i - head - tail > CONTEXT * 2 && !open.has(i)) {
      out.push(rows.slice(i, i + head).map(pair), h('div', { class: 'diff-pair-fold' }, fold(i, end - i - head - tail)), rows.slice(end - tail, end).map(pair))
    } else out.push(rows.slice(i, end).map(pair))
    i = end
    while (i < rows.length && rows[i].type === 'change') out.push(pair(rows[i++]))
  }
  return h('div', { class: 'diff diff-pairs', role: 'group', 'aria-label': label, tabindex: '0' }, out)
}

/** @param {import('../lib/diff.js').Row} row */
const pair = ({ type, left, right }) => h('div', { class: `diff-pair ${type === 'change' ? 'diff-pair-change' : ''}` }, cell(left, 'del'), cell(right, 'add'))

/** @param {Piece[] | null} pieces @param {'add' | 'del'} kind */
const cell = (pieces, kind) => h('div', { class: `diff-cell ${pieces ? `diff-cell-${kind}` : 'diff-none'}` }, pieces?.map((p) => (p.type === 'same' ? h('span', null, p.text) : mark(p))))

/** @param {Piece} piece */
const mark = ({ type, text }) => h(type === 'add' ? 'ins' : 'del', null, text)
