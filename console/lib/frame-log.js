// The frames that the inspector keeps: a bounded list, what of it passes the filter, and what came while it was paused. Pure.

/**
 * @typedef {object} Entry
 * @property {number} n  counts from 1 and never again
 * @property {number} at  milliseconds since 1970
 * @property {'in' | 'out' | 'note'} direction
 * @property {string} type
 * @property {string} channel
 * @property {number | null} seq
 * @property {number} bytes
 * @property {string} text
 */
/** @typedef {{ words: string, type: string }} Filter  `type`: '' for all, `durable`, `passing`, or a frame's type */

const encoder = new TextEncoder()

/** A `pong` has a number too, and no data: it is no event. @param {any} frame */
const isDurable = (frame) => typeof frame?.seq === 'number' && 'id' in frame && 'data' in frame

/** @param {number} n @param {number} at @param {'in' | 'out'} direction @param {string} text @returns {Entry} */
export function entryOf(n, at, direction, text) {
  const bytes = encoder.encode(text).length
  let frame
  try {
    frame = JSON.parse(text)
  } catch {
    frame = null
  }
  const word = (/** @type {unknown} */ value) => (typeof value === 'string' ? value : '')
  const channel = word(frame?.channel) || word(frame?.data?.channel) || (word(frame?.bot_id) && `bot:${frame.bot_id}`)
  return { n, at, direction, bytes, text, type: word(frame?.type) || '(no type)', channel, seq: isDurable(frame) ? frame.seq : null }
}

export class FrameLog {
  /** @type {Entry[]} */
  #all = []
  /** @type {Entry[]} */
  #shown = []
  /** @type {Entry[]} */
  #held = []
  #count = 0
  #dropped = 0
  /** @type {Filter} */
  #filter = { words: '', type: '' }
  #paused = false
  #limit

  /** @param {number} limit frames kept; the oldest go first, while it is paused too */
  constructor(limit = 5000) {
    this.#limit = limit
  }

  /** @param {'in' | 'out'} direction @param {string} text @param {number} [at] */
  add(direction, text, at = Date.now()) {
    this.#keep(entryOf(++this.#count, at, direction, text))
  }

  /** Something that happened and is no frame: opened, closed. @param {string} type @param {string} text @param {number} [at] */
  note(type, text, at = Date.now()) {
    this.#keep({ n: ++this.#count, at, direction: 'note', type, channel: '', seq: null, bytes: 0, text })
  }

  /** @param {Entry} entry */
  #keep(entry) {
    if (this.#paused) {
      this.#held.push(entry)
      if (this.#held.length > this.#limit) this.#dropped += this.#cut(this.#held)
      return
    }
    this.#all.push(entry)
    if (this.#passes(entry)) this.#shown.push(entry)
    if (this.#all.length > this.#limit) this.#trim()
  }

  /** A tenth at a time, so that a full log does not move all of its entries for each new one. @param {Entry[]} entries */
  #cut(entries) {
    return entries.splice(0, entries.length - Math.ceil(this.#limit * 0.9)).length
  }

  #trim() {
    this.#dropped += this.#cut(this.#all)
    const first = this.#all[0].n
    const from = this.#shown.findIndex((entry) => entry.n >= first)
    this.#shown.splice(0, from < 0 ? this.#shown.length : from)
  }

  /** @param {Entry} entry */
  #passes(entry) {
    const { words, type } = this.#filter
    if (type === 'durable' ? entry.seq === null : type === 'passing' ? entry.seq !== null : type && entry.type !== type) return false
    return !words || entry.text.toLowerCase().includes(words) || entry.channel.includes(words)
  }

  get paused() { return this.#paused }
  get held() { return this.#held.length }
  get total() { return this.#all.length }
  get dropped() { return this.#dropped }
  get filter() { return this.#filter }
  /** What passes the filter, oldest first. @returns {readonly Entry[]} */
  get shown() { return this.#shown }

  /** @param {Partial<Filter>} change */
  set filter(change) {
    const next = { ...this.#filter, ...change }
    this.#filter = { ...next, words: next.words.trim().toLowerCase() }
    this.#shown = this.#all.filter((entry) => this.#passes(entry))
  }

  pause() {
    this.#paused = true
  }

  resume() {
    this.#paused = false
    const held = this.#held
    this.#held = []
    for (const entry of held) this.#keep(entry)
  }

  clear() {
    this.#all = []
    this.#shown = []
    this.#held = []
    this.#dropped = 0
  }

  /** The types that are there, by name. */
  types() {
    return [...new Set(this.#all.map((entry) => entry.type))].sort()
  }
}
