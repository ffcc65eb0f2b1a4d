// Tabs of one person at one server share a socket: a lock of the browser chooses the tab that leads, a BroadcastChannel connects
// the others to its hub. Each tab sees something like a WebSocket, so that all the rest of the client knows nothing of it.

import { LOST } from '../closes.js'
import { uuid } from '../environment.js'
import { subjectOf } from '../tokens.js'
import { Hub } from './hub.js'

/** @import { Core } from '../core.js' */
/** @import { SocketLike } from '../environment.js' */

/**
 * `to`: the hub, all tabs, or those named. `hub` tells whose word it is, since the lead may have changed on the way.
 * @typedef {object} Word
 * @property {'hub' | 'tabs' | readonly string[]} to
 * @property {string} [hub]
 * @property {string} [from]
 * @property {'open' | 'frame' | 'bye' | 'here' | 'close'} what
 * @property {string} [text]
 * @property {number} [code]
 */

/** How long the tab that leads may take to answer before another takes the lead: it may be frozen. */
const PATIENCE = 3_000

/** Whether this is a page of a browser that has what it takes. Node has some of it, and no tabs. */
export const canShare = () =>
  Boolean(globalThis.document) && typeof globalThis.BroadcastChannel === 'function' && Boolean(globalThis.navigator?.locks)

/** One tab's end. @implements {SocketLike} */
class TabSocket {
  readyState = 0
  /** @type {((event: any) => void) | null} */ onopen = null
  /** @type {((event: any) => void) | null} */ onmessage = null
  /** @type {((event: any) => void) | null} */ onclose = null
  /** @type {((event: any) => void) | null} */ onerror = null
  id = uuid()
  #tabs

  /** @param {Tabs} tabs */
  constructor(tabs) {
    this.#tabs = tabs
    tabs.attach(this)
  }

  /** @param {string} text */
  send(text) {
    this.#tabs.say(this.id, 'frame', text)
  }

  close() {
    if (this.readyState === 3) return
    this.readyState = 3
    this.#tabs.detach(this)
  }

  /** @param {string} text */
  hear(text) {
    if (this.readyState === 3) return
    this.readyState = 1
    this.onmessage?.({ data: text })
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  end(code, reason) {
    if (this.readyState === 3) return
    this.close()
    this.onclose?.({ code, reason })
  }
}

export class Tabs {
  #core
  #name
  /** @type {BroadcastChannel} */
  #air
  /** @type {Map<string, {socket: TabSocket, hub: string | null, locked: boolean, release: () => void, timer: any}>} */
  #sockets = new Map()
  /** Set while this tab leads. @type {{id: string, hub: Hub, release: () => void} | null} */
  #lead = null
  #closed = new AbortController()

  /**
   * @param {Core} core
   * @param {string} user
   */
  constructor(core, user) {
    this.#core = core
    this.#name = `colloquy ${core.httpBase} ${user}`
    this.#air = new BroadcastChannel(this.#name)
    this.#air.onmessage = ({ data }) => this.#heard(data)
    void this.#run(false)
  }

  /** @param {TabSocket} socket */
  attach(socket) {
    // Whoever leads hears of the end of this one, however it comes, by the lock that it holds.
    let release = () => {}
    const held = new Promise((resolve) => (release = () => resolve(undefined)))
    this.#sockets.set(socket.id, { socket, hub: null, locked: false, release, timer: null })
    navigator.locks.request(`${this.#name} ${socket.id}`, () => {
      const entry = this.#sockets.get(socket.id)
      if (entry) entry.locked = true
      this.#ask(socket.id)
      return held
    })
  }

  /** @param {TabSocket} socket */
  detach({ id }) {
    const entry = this.#sockets.get(id)
    if (!entry) return
    this.say(id, 'bye')
    this.#sockets.delete(id)
    this.#core.env.timers.clearTimeout(entry.timer)
    entry.release()
  }

  /**
   * @param {string} from
   * @param {'open' | 'frame' | 'bye'} what
   * @param {string} [text]
   */
  say(from, what, text) {
    const entry = this.#sockets.get(from)
    if (!entry) return
    if (this.#lead) this.#toHub(this.#lead.hub, from, what, text, true)
    else this.#air.postMessage({ to: 'hub', from, what, text, ...(entry.hub !== null && { hub: entry.hub }) })
  }

  close() {
    this.#closed.abort()
    for (const { socket } of [...this.#sockets.values()]) socket.close()
    this.#resign()
    this.#air.close()
  }

  /**
   * Leads when it is its turn, until the tab is closed or somebody else takes the lead.
   * @param {boolean} steal
   */
  async #run(steal) {
    const { signal } = this.#closed
    try {
      await navigator.locks.request(`${this.#name} lead`, steal ? { steal } : { signal }, () => this.#leads())
    } catch {
      // Taken away, or closed while it waited.
    }
    this.#resign()
    if (!signal.aborted) void this.#run(false)
  }

  /** @returns {Promise<void>} */
  #leads() {
    const { signal } = this.#closed
    if (signal.aborted) return Promise.resolve()
    return new Promise((release) => {
      this.#lead = { id: uuid(), hub: new Hub(this.#core), release }
      this.#say({ to: 'tabs', what: 'here' })
      this.#newLead(this.#lead.id)
    })
  }

  #resign() {
    this.#lead?.hub.close()
    this.#lead?.release()
    this.#lead = null
  }

  /**
   * Who was with another one comes again, and goes on at its number.
   * @param {string} id
   */
  #newLead(id) {
    for (const [from, entry] of [...this.#sockets]) {
      if (entry.hub === null) this.#ask(from)
      else if (entry.hub !== id) entry.socket.end(LOST, 'another tab leads')
    }
  }

  /** @param {string} id */
  #ask(id) {
    const entry = this.#sockets.get(id)
    if (!entry?.locked) return
    this.say(id, 'open')
    this.#core.env.timers.clearTimeout(entry.timer)
    if (this.#lead) entry.hub = this.#lead.id
    else entry.timer = this.#core.env.timers.setTimeout(() => entry.hub === null && void this.#run(true), PATIENCE)
  }

  /** @param {Word} word */
  #heard(word) {
    if (word.what === 'here') this.#newLead(/** @type {string} */ (word.hub))
    else if (word.to === 'hub') {
      if (this.#lead && (word.hub ?? this.#lead.id) === this.#lead.id) this.#toHub(this.#lead.hub, /** @type {string} */ (word.from), word.what, word.text, false)
    } else if (word.to !== 'tabs') for (const id of word.to) this.#told(id, word)
  }

  /**
   * @param {string} id
   * @param {Word} word
   */
  #told(id, { hub, what, text, code }) {
    const entry = this.#sockets.get(id)
    if (!entry || (entry.hub !== null && entry.hub !== hub)) return
    entry.hub = hub ?? null
    this.#core.env.timers.clearTimeout(entry.timer)
    if (what === 'frame') entry.socket.hear(/** @type {string} */ (text))
    // `open`: it was heard; the rest takes as long as it takes.
    else if (what === 'close') entry.socket.end(code ?? LOST, text ?? '')
  }

  /**
   * @param {Hub} hub
   * @param {string} from
   * @param {Word['what']} what
   * @param {string | undefined} text
   * @param {boolean} own
   */
  #toHub(hub, from, what, text, own) {
    if (what === 'frame') hub.take(from, JSON.parse(/** @type {string} */ (text)))
    else if (what === 'bye') hub.bye(from)
    else if (what === 'open') {
      hub.open(from, own ? this.#near(from) : this.#far(from))
      if (own) return
      this.#say({ to: [from], what: 'open' })
      // Granted when that tab has let go of it, also by vanishing.
      navigator.locks.request(`${this.#name} ${from}`, () => hub.bye(from))
    }
  }

  /** @param {string} id */
  #near(id) {
    const socket = () => this.#sockets.get(id)?.socket
    return {
      // Never within the call that caused it, as with a real socket.
      frame: (/** @type {string} */ text) => queueMicrotask(() => socket()?.hear(text)),
      close: (/** @type {number} */ code, /** @type {string} */ reason) => queueMicrotask(() => socket()?.end(code, reason)),
    }
  }

  /** @param {string} id */
  #far(id) {
    return {
      frame: (/** @type {string} */ text) => this.#say({ to: [id], what: 'frame', text }),
      close: (/** @type {number} */ code, /** @type {string} */ text) => this.#say({ to: [id], what: 'close', code, text }),
    }
  }

  /** @param {Word} word */
  #say(word) {
    this.#air.postMessage({ ...word, hub: this.#lead?.id })
  }
}

/** What makes sockets that are shared, as a class like the browser's. */
export class SharedSockets {
  #core
  /** @type {Tabs | null} */
  #tabs = null
  /** @type {string | null} */
  #user = null

  /** @param {Core} core */
  constructor(core) {
    this.#core = core
  }

  /**
   * @param {string} token
   * @returns {SocketLike | null} null: this one cannot be shared
   */
  open(token) {
    const user = subjectOf(token)
    if (user === null) return null
    if (user !== this.#user) {
      this.#tabs?.close()
      this.#tabs = new Tabs(this.#core, user)
      this.#user = user
    }
    return this.#tabs && new TabSocket(this.#tabs)
  }

  close() {
    this.#tabs?.close()
    this.#tabs = null
    this.#user = null
  }
}
