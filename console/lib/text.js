// Looking into texts without drawing them: is it plain, one line of it, where a quote or the words of a search stand.

/** A text without any of these looks the same as Markdown. The first line begins a block, as all do. */
const MARKUP = /[*_`#|~\\<>&]|\[[^\]]*\]\(|\]:|https?:|www\.|\S@\S|^\s*([-+]|\d+[.)])\s|^ {4}|\n\s*([-+=]|\d+[.)])|\n\n/m

/** @param {string} content */
export const isPlain = (content) => !MARKUP.test(content)

/** A key that belongs to an input method: Safari ends the composition before the key that ended it. @param {KeyboardEvent} event */
export const isComposing = (event) => event.isComposing || event.keyCode === 229

/** In one line, without the marks of Markdown. An underline inside of a word is no mark. @param {string} text */
export const withoutMarks = (text) => text.replace(/[*`#>~|]+|(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])|:?-{2,}:?|\[\d+\]/gu, '').replace(/\s+/g, ' ').trim()

/** The beginning of it, for a list. @param {string} text @param {number} [most] */
export const plainLine = (text, most = 120) => withoutMarks(text.slice(0, 2 * most)).slice(0, most)

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * Where a quote stands in a text, whatever the white space between its words.
 * @param {string} text @param {string} quote @returns {[number, number] | null}
 */
export function findQuote(text, quote) {
  const words = quote.trim().replace(/(\s*(…|\.\.\.))+$/, '').split(/\s+/).filter(Boolean)
  if (words.length === 0) return null
  const found = new RegExp(words.map(escaped).join('\\s+'), 'iu').exec(text)
  return found ? [found.index, found.index + found[0].length] : null
}

/**
 * The part of a text around the first word of a search, in pieces: those with `found` begin with one of the words.
 * @param {string} text @param {string} query @param {number} [around] characters
 * @returns {{ text: string, found: boolean }[]}
 */
export function excerpt(text, query, around = 140) {
  const words = query.match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return [{ text: text.slice(0, 2 * around), found: false }]
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join('|')})[\\p{L}\\p{N}]*`, 'giu')
  const from = Math.max(0, text.search(pattern) - around)
  const part = text.slice(from, from + 2 * around + 60)
  /** @type {{ text: string, found: boolean }[]} */
  const out = from > 0 ? [{ text: '… ', found: false }] : []
  let last = 0
  for (const m of part.matchAll(pattern)) {
    if (m.index > last) out.push({ text: part.slice(last, m.index), found: false })
    out.push({ text: m[0], found: true })
    last = m.index + m[0].length
  }
  const rest = part.slice(last) + (from + part.length < text.length ? ' …' : '')
  return rest ? [...out, { text: rest, found: false }] : out
}

/** The mention that is being typed at the end of this text: what follows the @, and where that stands. @param {string} before the caret @returns {{ from: number, word: string } | null} */
export function mentionAt(before) {
  const found = /(?:^|[\s(])@([\p{L}\p{N}._-]*)$/u.exec(before)
  return found ? { from: before.length - found[1].length - 1, word: found[1] } : null
}
