// What changed between two texts: by lines, within changed lines by words; and the merge of two edits of one text.
// Pure and bounded: texts that have little in common are shown as wholly replaced instead of being compared for seconds.

/** @typedef {{ type: 'same' | 'add' | 'del', text: string }} Piece */
/** @typedef {{ type: 'same' | 'change', left: Piece[] | null, right: Piece[] | null }} Row  null: there is no such line on that side */
/** @typedef {{ same: boolean, a: string[], b: string[] }} Hunk  with `same`, a and b are equal */

/** How many insertions and deletions are looked for before two lists count as wholly different. */
const MOST_EDITS = 600

/** Words, numbers with their points, runs of blanks, line ends and single signs. @param {string} text @returns {string[]} */
const words = (text) => text.match(/\n|[^\S\n]+|\p{N}+(?:[.,]\p{N}+)+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? []

/** Lines with their ends. @param {string} text @returns {string[]} */
const lines = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/**
 * The differences as runs of text: all `same` and `del` make the old text, all `same` and `add` the new one.
 * @param {string} before @param {string} after @returns {Piece[]}
 */
export function diffWords(before, after) {
  /** @type {Piece[]} */
  const out = []
  for (const { same, a, b } of compare(lines(before), lines(after))) {
    if (same) push(out, 'same', a.join(''))
    else for (const piece of within(a.join(''), b.join(''))) push(out, piece.type, piece.text)
  }
  return out
}

/**
 * The same, line beside line.
 * @param {string} before @param {string} after @returns {Row[]}
 */
export function diffRows(before, after) {
  /** @type {Row[]} */
  const rows = []
  for (const { same, a, b } of compare(lines(before), lines(after))) {
    if (same) {
      for (const line of a) rows.push({ type: 'same', left: [{ type: 'same', text: line }], right: [{ type: 'same', text: line }] })
      continue
    }
    const pieces = within(a.join(''), b.join(''))
    const left = byLine(pieces, 'add')
    const right = byLine(pieces, 'del')
    for (let i = 0; i < Math.max(left.length, right.length); i++) rows.push({ type: 'change', left: left[i] ?? null, right: right[i] ?? null })
  }
  return rows
}

/**
 * Two edits of one text put together, line by line. Null when both changed the same place in different ways.
 * @param {string} base @param {string} mine @param {string} theirs @returns {string | null}
 */
export function merge(base, mine, theirs) {
  const old = lines(base)
  const edits = [...editsOf(old, lines(mine)), ...editsOf(old, lines(theirs))].sort((x, y) => x.from - y.from || x.to - y.to)
  const out = []
  let at = 0
  /** @type {Edit | undefined} */
  let last
  for (const edit of edits) {
    if (last && edit.from === last.from && edit.to === last.to && edit.put.join('') === last.put.join('')) continue
    // Edits that touch would leave it open which comes first.
    if (last && edit.from <= last.to) return null
    out.push(...old.slice(at, edit.from), ...edit.put)
    at = edit.to
    last = edit
  }
  return [...out, ...old.slice(at)].join('')
}

/** @typedef {{ from: number, to: number, put: string[] }} Edit  old lines from…to are replaced by `put` */

/** @param {string[]} old @param {string[]} fresh @returns {Edit[]} */
function editsOf(old, fresh) {
  /** @type {Edit[]} */
  const edits = []
  let at = 0
  for (const { same, a, b } of compare(old, fresh)) {
    if (!same) edits.push({ from: at, to: at + a.length, put: b })
    at += a.length
  }
  return edits
}

/** @param {string} before @param {string} after @returns {Piece[]} */
function within(before, after) {
  /** @type {Piece[]} */
  const out = []
  for (const { same, a, b } of joinAcrossBlanks(compare(words(before), words(after)))) {
    if (same) push(out, 'same', a.join(''))
    else {
      push(out, 'del', a.join(''))
      push(out, 'add', b.join(''))
    }
  }
  return out
}

/** Blanks alone between two changes say nothing: "a b" to "c d" is one change. @param {Hunk[]} hunks @returns {Hunk[]} */
function joinAcrossBlanks(hunks) {
  /** @type {Hunk[]} */
  const out = []
  hunks.forEach((hunk, i) => {
    const last = out.at(-1)
    const blank = hunk.same && hunk.a.every((word) => /^[^\S\n]+$/.test(word))
    if (last && !last.same && (!hunk.same || (blank && i < hunks.length - 1))) {
      last.a.push(...hunk.a)
      last.b.push(...hunk.b)
    } else out.push({ same: hunk.same, a: [...hunk.a], b: [...hunk.b] })
  })
  return out
}

/** @param {Piece[]} out @param {Piece['type']} type @param {string} text */
function push(out, type, text) {
  if (!text) return
  const last = out.at(-1)
  if (last?.type === type) last.text += text
  else out.push({ type, text })
}

/** @param {Piece[]} pieces @param {'add' | 'del'} without @returns {Piece[][]} */
function byLine(pieces, without) {
  /** @type {Piece[][]} */
  const out = []
  let open = false
  for (const { type, text } of pieces) {
    if (type === without) continue
    for (const part of lines(text)) {
      if (!open) out.push([])
      push(/** @type {Piece[]} */ (out.at(-1)), type, part)
      open = !part.endsWith('\n')
    }
  }
  return out
}

/** What is alike and what is not, in order. @param {string[]} a @param {string[]} b @returns {Hunk[]} */
function compare(a, b) {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  /** @type {Hunk[]} */
  const hunks = []
  if (start) hunks.push({ same: true, a: a.slice(0, start), b: b.slice(0, start) })
  hunks.push(...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)))
  if (end) hunks.push({ same: true, a: a.slice(a.length - end), b: b.slice(b.length - end) })
  return hunks
}

/** @param {string[]} a @param {string[]} b @returns {Hunk[]} */
function middle(a, b) {
  if (a.length === 0 && b.length === 0) return []
  const path = a.length && b.length ? shortestPath(a, b) : null
  if (!path) return [{ same: false, a, b }]
  /** @type {Hunk[]} */
  const hunks = []
  let [x, y] = [0, 0]
  for (const [fromX, fromY, length] of path) {
    if (fromX > x || fromY > y) hunks.push({ same: false, a: a.slice(x, fromX), b: b.slice(y, fromY) })
    if (length) hunks.push({ same: true, a: a.slice(fromX, fromX + length), b: b.slice(fromY, fromY + length) })
    x = fromX + length
    y = fromY + length
  }
  if (x < a.length || y < b.length) hunks.push({ same: false, a: a.slice(x), b: b.slice(y) })
  return hunks
}

/**
 * Myers' greedy algorithm: runs of equal items as [at in a, at in b, length], in order. Null: more than MOST_EDITS lie between.
 * @param {string[]} a @param {string[]} b @returns {[number, number, number][] | null}
 */
function shortestPath(a, b) {
  const most = Math.min(a.length + b.length, MOST_EDITS)
  const middleOf = most + 1
  const reach = new Int32Array(2 * most + 3)
  /** What was reached before each step, to walk back. @type {Int32Array[]} */
  const trace = []
  for (let d = 0; d <= most; d++) {
    trace.push(reach.slice(middleOf - d - 1, middleOf + d + 2))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && reach[middleOf + k - 1] < reach[middleOf + k + 1])
      let x = down ? reach[middleOf + k + 1] : reach[middleOf + k - 1] + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      reach[middleOf + k] = x
      if (x >= a.length && x - k >= b.length) return walkBack(trace, a.length, b.length)
    }
  }
  return null
}

/** @param {Int32Array[]} trace @param {number} x @param {number} y @returns {[number, number, number][]} */
function walkBack(trace, x, y) {
  /** @type {[number, number, number][]} */
  const runs = []
  for (let d = trace.length - 1; d >= 0; d--) {
    const reach = trace[d]
    const at = (/** @type {number} */ k) => reach[k + d + 1]
    const k = x - y
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1))
    const from = d === 0 ? 0 : down ? at(k + 1) : at(k - 1)
    const startX = d === 0 ? 0 : down ? from : from + 1
    const startY = startX - k
    if (x > startX) runs.push([startX, startY, x - startX])
    x = from
    y = d === 0 ? 0 : from - (down ? k + 1 : k - 1)
  }
  return runs.reverse()
}
