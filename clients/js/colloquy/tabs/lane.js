// One channel of the shared socket, wanted by several tabs that joined it at different numbers. Who joins later makes the whole
// channel begin again at the lowest number that anybody needs; what others have already, they drop by themselves. One asking at a
// time, so that each answer has its question.

/**
 * @typedef {object} Ask
 * @property {string | null} port the tab that asked; null: it has gone, or the hub asks for its own sake
 * @property {string} id of the tab's frame
 * @property {number} [since]
 * @property {string} [epoch]
 */

/**
 * @typedef {object} LaneParts
 * @property {(wanted: {channel: string, since?: number, epoch?: string}) => string} subscribe gives the id of the frame
 * @property {() => void} unsubscribe
 * @property {(ports: Iterable<string>, frame: any) => void} give
 * @property {(ports: Iterable<string>) => void} drop these tabs have missed something: they must come again
 * @property {() => void} empty nobody wants it any more
 */

export class Lane {
  name
  /** Tabs that have it. @type {Set<string>} */
  ports = new Set()
  #parts
  /** Up to here those who have it were given everything. @type {number | null} */
  #position = null
  /** @type {string | null} */
  #epoch = null
  /** @type {Ask[]} */
  #queue = []
  /** The question that is out. @type {(Ask & {sent: string, from: number | null, greeted: boolean}) | null} */
  #asking = null

  /**
   * @param {string} name
   * @param {LaneParts} parts
   */
  constructor(name, parts) {
    this.name = name
    this.#parts = parts
  }

  /** Everyone who has it or waits for it. */
  *wanted() {
    yield* this.ports
    for (const { port } of this.#queue) if (port !== null) yield port
    if (this.#asking?.port && !this.#asking.greeted) yield this.#asking.port
  }

  /** @param {Ask} ask */
  ask(ask) {
    this.leave(/** @type {string} */ (ask.port), false)
    this.#queue.push(ask)
    this.#pump()
  }

  /**
   * @param {string} port
   * @param {boolean} [tidy]
   */
  leave(port, tidy = true) {
    this.ports.delete(port)
    this.#queue = this.#queue.filter((ask) => ask.port !== port)
    if (this.#asking?.port === port) this.#asking.port = null
    if (tidy) this.#tidy()
  }

  /** Whether a question is out. */
  get waiting() {
    return this.#asking !== null && !this.#asking.greeted
  }

  /**
   * Whether that has this id.
   * @param {string} id
   */
  waitsFor(id) {
    return this.waiting && this.#asking?.sent === id
  }

  /** What was not answered is asked again: it may have been discarded. */
  again() {
    if (this.#asking === null || this.#asking.greeted) return
    this.#queue.unshift(this.#asking)
    this.#done()
  }

  /**
   * The server's answer to a question of this lane.
   * @param {any} frame `subscribed` or `error`
   * @returns {boolean} false: it was none
   */
  answer(frame) {
    const asking = this.#asking
    if (asking === null || frame.id !== asking.sent) return false
    if (frame.type === 'error') {
      if (asking.port !== null) this.#parts.give([asking.port], { ...frame, id: asking.id, channel: this.name })
      this.#done()
      return true
    }
    const { seq, epoch } = frame.data
    this.#epoch = epoch
    asking.greeted = true
    if (asking.port !== null) {
      this.ports.add(asking.port)
      this.#parts.give([asking.port], { ...frame, id: asking.id })
    }
    if (asking.from === null) {
      this.#position = seq
      this.#done()
    }
    return true
  }

  /**
   * Something of this channel came.
   * @param {any} frame
   */
  take(frame) {
    this.#reached(frame.seq)
    this.#parts.give(this.ports, frame)
    if (frame.type === 'replay_complete') this.#replayed(frame.data)
  }

  /** @param {unknown} seq */
  #reached(seq) {
    if (typeof seq === 'number' && (this.#position === null || seq > this.#position)) this.#position = seq
  }

  /** @param {{to: number, complete: boolean}} data */
  #replayed({ to, complete }) {
    const asking = this.#asking
    const ours = asking !== null && asking.greeted
    // The server ended the old subscription first: what came between that and `to` went to nobody. Who has less than that cannot go
    // on from here, since live events follow at once.
    if (!complete && (this.#position === null || this.#position < to)) {
      const behind = [...this.ports].filter((port) => !ours || port !== asking.port)
      for (const port of behind) this.ports.delete(port)
      if (behind.length > 0) this.#parts.drop(behind)
    }
    this.#reached(to)
    if (ours) this.#done()
  }

  #pump() {
    if (this.#asking !== null) return
    const ask = this.#queue.shift()
    if (ask === undefined) {
      this.#tidy()
      return
    }
    const wanted = this.#range(ask)
    const sent = this.#parts.subscribe({ channel: this.name, ...wanted })
    this.#asking = { ...ask, sent, from: wanted.since ?? null, greeted: false }
  }

  /**
   * @param {Ask} ask
   * @returns {{since?: number, epoch?: string}}
   */
  #range({ since, epoch }) {
    const own = this.ports.size > 0 ? this.#position : null
    const asked = since === undefined ? {} : { since, ...(epoch !== undefined && { epoch }) }
    // A number of another life is the server's to refuse.
    if (own === null || (since !== undefined && epoch !== undefined && epoch !== this.#epoch)) return asked
    return { since: Math.min(own, since ?? own), ...(this.#epoch !== null && { epoch: this.#epoch }) }
  }

  #done() {
    this.#asking = null
    this.#pump()
  }

  #tidy() {
    if (this.ports.size > 0 || this.#queue.length > 0 || this.#asking !== null) return
    this.#parts.unsubscribe()
    this.#parts.empty()
  }
}
