// One numbered stream: of a bot, or of a person's notifications. Numbers are gapless and given in order; who listens is
// told in that order. What a listener may see is decided here too: others' private events are skipped, not blanked.

/** @typedef {import('./types.js').Entry} Entry */
/** @typedef {import('./types.js').Json} Json */

/** @typedef {{events: Json[], from: number | null, to: number, complete: boolean}} Replay */

export class Stream {
  /** @type {Entry[]} */
  #entries = []
  /** Events up to this number are no longer kept. */
  #forgotten = 0
  head = 0
  /** @type {Set<(entry: Entry) => void>} */
  listeners = new Set()

  /** @param {string} epoch */
  constructor(epoch) {
    this.epoch = epoch
  }

  /**
   * Numbers an event and tells it.
   * @param {Json} frame without `seq`
   * @param {string | null} [privateTo]
   */
  record(frame, privateTo = null) {
    this.head += 1
    const entry = { seq: this.head, frame: { ...frame, seq: this.head }, privateTo }
    this.#entries.push(entry)
    for (const listener of [...this.listeners]) listener(entry)
    return entry.frame
  }

  /** A control record takes a number and is never told. */
  skip() {
    this.head += 1
  }

  /**
   * @param {Entry} entry
   * @param {string} user
   */
  static visible({ privateTo }, user) {
    return privateTo === null || privateTo === user
  }

  /**
   * What came after `since`, as a replay holds it. `null` is a number that is none of a stream.
   * @param {string} user
   * @param {number | null} since
   * @param {string | undefined} epoch
   * @param {number} limit
   * @returns {Replay}
   */
  replay(user, since, epoch, limit) {
    const to = this.head
    const events = this.#after(user, since, epoch)
    if (!events || events.length > limit) return { events: [], from: since, to, complete: false }
    return { events, from: since, to, complete: true }
  }

  /**
   * A page for polls: the cursor to go on from is its `seq`.
   * @param {string} user
   * @param {number | null} since
   * @param {string | undefined} epoch
   * @param {number} limit
   */
  page(user, since, epoch, limit) {
    const events = this.#after(user, since, epoch)
    if (!events) return { events: [], seq: this.head, epoch: this.epoch, complete: false }
    const page = events.slice(0, limit)
    const seq = events.length >= limit ? page[limit - 1].seq : this.head
    return { events: page, seq, epoch: this.epoch, complete: true }
  }

  /**
   * @param {string} user
   * @param {number | null} since
   * @param {string | undefined} epoch
   * @returns {Json[] | null} null: cannot be told whole
   */
  #after(user, since, epoch) {
    const belongs = since !== null && since <= this.head && (epoch === undefined || epoch === this.epoch)
    if (!belongs || since < this.#forgotten) return null
    return this.#entries.filter((entry) => entry.seq > since && Stream.visible(entry, user)).map(({ frame }) => frame)
  }

  /**
   * Retention: what is at or before this number is no longer kept.
   * @param {number} seq
   */
  forget(seq) {
    this.#forgotten = Math.max(this.#forgotten, seq)
    this.#entries = this.#entries.filter((entry) => entry.seq > seq)
  }

  /**
   * Texts of a message leave its earlier events: all of it when it was deleted, the old text when it was edited.
   * @param {string} message
   * @param {string | null} content null: deleted
   */
  redact(message, content) {
    for (const entry of this.#entries) {
      if (entry.frame.data?.message_id !== message || !('content' in entry.frame.data)) continue
      const data = content === null ? { content: '', metadata: {}, redacted: true } : { content }
      entry.frame = { ...entry.frame, data: { ...entry.frame.data, ...data } }
    }
  }

  /** The title of a session that was deleted leaves its earlier events. @param {string} id */
  redactSession(id) {
    for (const entry of this.#entries) {
      const { session } = entry.frame.data
      if (session?.id === id && session.title) entry.frame = { ...entry.frame, data: { session: { ...session, title: '' } } }
    }
  }
}
