// A WebSocket without a network, like the browser's: four events, four states, nothing told before the next microtask.
// Neither EventTarget nor Event are used: in the documents of jsdom and happy-dom the two may not be of one kind.

import { enter, isSocket, protocolOf } from './door.js'

/** @typedef {import('./peer.js').Peer} Peer */
/** @typedef {import('./world.js').World} World */

const [CONNECTING, OPEN, CLOSING, CLOSED] = [0, 1, 2, 3]

/** A class of sockets into this world. @param {World} world @returns {any} */
export function webSocketOf(world) {
  return class MockWebSocket {
    static CONNECTING = CONNECTING
    static OPEN = OPEN
    static CLOSING = CLOSING
    static CLOSED = CLOSED
    CONNECTING = CONNECTING
    OPEN = OPEN
    CLOSING = CLOSING
    CLOSED = CLOSED
    readyState = CONNECTING
    protocol = ''
    extensions = ''
    bufferedAmount = 0
    /** @type {'blob' | 'arraybuffer'} */
    binaryType = 'blob'
    /** @type {((event: any) => void) | null} */
    onopen = null
    /** @type {((event: any) => void) | null} */
    onmessage = null
    /** @type {((event: any) => void) | null} */
    onerror = null
    /** @type {((event: any) => void) | null} */
    onclose = null
    /** @type {Map<string, Set<(event: any) => void>>} */
    #listeners = new Map()
    /** @type {Peer | null} */
    #peer = null
    #off

    /** @param {string | URL} url @param {string | string[]} [protocols] */
    constructor(url, protocols = []) {
      const asked = new URL(url)
      this.url = asked.href
      this.#off = world.whenCut(() => this.#closed(1006, '', false))
      const offered = typeof protocols === 'string' ? [protocols] : protocols
      this.#soon(() => this.#connect(asked, offered))
    }

    /** @param {URL} url @param {readonly string[]} protocols */
    #connect(url, protocols) {
      if (this.readyState !== CONNECTING) return
      if (world.offline || world.refusesUpgrades || !isSocket(url.pathname)) return this.#closed(1006, '', false)
      this.readyState = OPEN
      this.protocol = protocolOf(protocols)
      this.#tell('open', {})
      this.#peer = enter(world, { url, protocols }, {
        send: (text) => this.#soon(() => this.readyState === OPEN && this.#tell('message', { data: text })),
        close: (code, reason) => this.#soon(() => this.#closed(code, reason, true)),
        drop: () => this.#soon(() => this.#closed(1006, '', false)),
      })
    }

    /** @param {string} data */
    send(data) {
      if (this.readyState === CONNECTING) throw Object.assign(new Error('the socket is not open yet'), { name: 'InvalidStateError' })
      if (this.readyState === OPEN && !world.deaf) this.#soon(() => this.#peer?.receive(String(data)))
    }

    /** @param {string} type @param {(event: any) => void} listener */
    addEventListener(type, listener) {
      const listeners = this.#listeners.get(type) ?? new Set()
      this.#listeners.set(type, listeners.add(listener))
    }

    /** @param {string} type @param {(event: any) => void} listener */
    removeEventListener(type, listener) {
      this.#listeners.get(type)?.delete(listener)
    }

    /** @param {number} [code] @param {string} [reason] */
    close(code = 1000, reason = '') {
      if (this.readyState >= CLOSING) return
      this.readyState = CLOSING
      this.#soon(() => this.#closed(code, reason, true))
    }

    /** @param {number} code @param {string} reason @param {boolean} wasClean */
    #closed(code, reason, wasClean) {
      if (this.readyState === CLOSED) return
      this.readyState = CLOSED
      this.#off()
      this.#peer?.gone(code)
      if (!wasClean) this.#tell('error', {})
      this.#tell('close', { code, reason, wasClean })
    }

    /** In order, and never before whoever made the socket can listen. @param {() => void} then */
    #soon(then) {
      if (world.latency) world.later(then, world.latency, { keep: true })
      else queueMicrotask(then)
    }

    /** @param {'open' | 'message' | 'error' | 'close'} type @param {object} fields */
    #tell(type, fields) {
      if (world.deaf && type === 'message') return
      const event = { type, target: this, ...fields }
      this[`on${type}`]?.(event)
      for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event)
    }
  }
}
