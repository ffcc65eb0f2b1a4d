// The inspector's table of frames. Only the rows in sight are drawn, so thousands cost no more than a screen. It follows the newest
// frame as long as it is scrolled to the end.

import { h } from '../lib/dom.js'
import { size } from '../lib/format.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/frame-log.js').Entry} Entry */
/** @typedef {{ entries: readonly Entry[], selected: number | null, select: (n: number | null) => void }} Props */

/** Pixels; the style sheet has the same. */
const ROW = 30
/** Rows drawn beyond what is in sight. */
const SPARE = 8
const ARROW = { in: '↓', out: '↑', note: '•' }
const SAID = { in: 'received', out: 'sent', note: 'note' }

/** @param {import('../lib/dom.js').Self} self @returns {(props: Props) => Child} */
export function FrameList(self) {
  let top = 0
  let height = 600
  let follows = true
  /** @type {HTMLElement | null} */
  let box = null
  const seen = new ResizeObserver(([entry]) => {
    height = entry.contentRect.height
    self.update()
  })
  self.dispose(() => seen.disconnect())

  const scrolled = () => {
    if (!box) return
    top = box.scrollTop
    follows = box.scrollHeight - top - box.clientHeight < ROW
    self.update()
  }
  /** @param {KeyboardEvent} event @param {Props} props */
  const keyed = (event, { entries, selected, select }) => {
    const at = entries.findIndex((entry) => entry.n === selected)
    const page = Math.max(1, Math.floor(height / ROW) - 2)
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -entries.length, End: entries.length }[event.key]
    if (event.key === 'Escape' && selected !== null) select(null)
    if (step === undefined || entries.length === 0) return
    event.preventDefault()
    const next = at < 0 ? (step > 0 ? 0 : entries.length - 1) : Math.min(entries.length - 1, Math.max(0, at + step))
    select(entries[next].n)
    if (!box) return
    if (next * ROW < box.scrollTop) box.scrollTop = next * ROW
    else if ((next + 1) * ROW > box.scrollTop + height - ROW) box.scrollTop = (next + 2) * ROW - height
  }
  return (props) => {
    const { entries, selected, select } = props
    const from = Math.max(0, Math.min(Math.floor(top / ROW) - SPARE, entries.length - 1))
    const to = Math.min(entries.length, from + Math.ceil(height / ROW) + 2 * SPARE)
    return h('div', {
      class: 'frames', role: 'grid', tabindex: '0', 'aria-label': 'Frames', 'aria-rowcount': entries.length + 1, 'aria-activedescendant': selected === null ? undefined : `frame-${selected}`,
      onscroll: scrolled, onkeydown: (/** @type {KeyboardEvent} */ event) => keyed(event, props),
      ref: (/** @type {HTMLElement} */ node) => { box = node; seen.observe(node) },
      after: (/** @type {HTMLElement} */ node) => { if (follows) node.scrollTop = node.scrollHeight },
    },
    h('div', { class: 'frame-row frame-titles', role: 'row', 'aria-rowindex': '1' },
      ['Time', '', 'Type', 'Channel', 'Seq', 'Size'].map((title, i) => h('span', { role: 'columnheader', class: i > 3 ? 'number' : undefined }, title || h('span', { class: 'visually-hidden' }, 'Direction')))),
    h('div', { class: 'frame-space', role: 'rowgroup', style: { height: `${entries.length * ROW}px` } },
      entries.slice(from, to).map((entry, i) => row(entry, from + i, entry.n === selected, () => select(entry.n === selected ? null : entry.n)))))
  }
}

/** @param {Entry} entry @param {number} index @param {boolean} selected @param {() => void} press */
function row(entry, index, selected, press) {
  const cell = (/** @type {string} */ name, /** @type {Child[]} */ ...inner) => h('span', { role: 'gridcell', class: name }, ...inner)
  return h('div', {
    key: entry.n, id: `frame-${entry.n}`, role: 'row', class: `frame-row frame-${entry.direction}${selected ? ' frame-selected' : ''}`, 'aria-rowindex': index + 2, 'aria-selected': selected,
    style: { transform: `translateY(${index * ROW}px)` }, onclick: press,
  },
  cell('mono muted', clock(entry.at)),
  cell('frame-arrow', h('span', { 'aria-hidden': 'true' }, ARROW[entry.direction]), h('span', { class: 'visually-hidden' }, SAID[entry.direction])),
  cell('frame-type truncate', entry.direction === 'note' ? `${entry.type}: ${entry.text}` : entry.type),
  // Ids begin alike: what is cut off lies in their middle.
  cell('mono muted frame-channel', h('span', { class: 'truncate', title: entry.channel }, entry.channel.slice(0, -6)), h('span', null, entry.channel.slice(-6))),
  cell('mono number', entry.seq ?? ''),
  cell('mono number muted', entry.bytes ? size(entry.bytes) : ''))
}

/** @param {number} at */
function clock(at) {
  const day = new Date(at)
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0')
  return `${two(day.getHours())}:${two(day.getMinutes())}:${two(day.getSeconds())}.${String(day.getMilliseconds()).padStart(3, '0')}`
}
