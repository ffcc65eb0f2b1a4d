// The far end of a hub in tests of what a real server does seldom or never: sockets whose other side the test plays, and tabs of one
// page. What a real server can be brought to do is tested with one.

import { Hub } from '../colloquy/tabs/hub.js'

/** An access token of this person, as far as the client looks into one. */
export const tokenOf = (sub, n) => ['e30', Buffer.from(JSON.stringify({ sub, n })).toString('base64url'), 's'].join('.')

/** Everything that is due without time going on. */
export const settle = () => new Promise((resolve) => setImmediate(resolve))

/** A class of sockets whose other end is `play`; `all` has those that were made. */
export function wires(play) {
  return class Wire {
    static all = []
    readyState = 0
    out = []

    constructor(url, [, bearer]) {
      Wire.all.push(this)
      this.token = bearer.slice('bearer.'.length)
      queueMicrotask(() => play(this))
    }

    send(text) {
      const frame = JSON.parse(text)
      this.out.push(frame)
      queueMicrotask(() => this.heard?.(frame))
    }

    close() {
      this.readyState = 3
    }

    greet() {
      this.say({ type: 'connection_established', data: { user_id: 'u', connection_id: 'c', connection_type: 'multi', expires_at: '2123-01-01T00:00:00Z' } })
    }

    subscribed(id, channel, seq = 1) {
      this.say({ type: 'subscribed', id, channel, data: { channel, seq, epoch: 'e' } })
    }

    say(frame) {
      this.readyState = 1
      this.onmessage?.({ data: JSON.stringify(frame) })
    }

    end(code) {
      this.readyState = 3
      this.onclose?.({ code, reason: '' })
    }

    /** Frames of a type that were sent. */
    of(type) {
      return this.out.filter((frame) => frame.type === type)
    }
  }
}

/** @returns {any} what a hub asks its client for */
export function coreOf(environment, { tokens, socketBase = 'ws://nowhere' }) {
  const options = { heartbeat: { interval: 15_000, timeout: 10_000 }, connectTimeout: 10_000 }
  return { env: environment, socketBase, options, tokens, report: () => {} }
}

/** The tokens of a client that has one. */
export const oneToken = (token) => ({ get: async () => token, reject: () => {}, pair: { access_token: token } })

/** A hub, and a class of sockets each of which is a tab of its own. */
export function hubOf(core, hub = new Hub(core)) {
  let count = 0
  class Tab {
    readyState = 0

    constructor() {
      this.id = `tab ${(count += 1)}`
      hub.open(this.id, {
        frame: (text) => queueMicrotask(() => this.readyState < 3 && ((this.readyState = 1), this.onmessage?.({ data: text }))),
        close: (code, reason) => queueMicrotask(() => this.#end(code, reason)),
      })
    }

    send(text) {
      hub.take(this.id, JSON.parse(text))
    }

    close() {
      this.readyState = 3
      hub.bye(this.id)
    }

    #end(code, reason) {
      if (this.readyState === 3) return
      this.close()
      this.onclose?.({ code, reason })
    }
  }
  return { hub, Tab }
}

/** A port of a hub that keeps what it was told. */
export class Port {
  frames = []
  /** @type {number | null} */ closed = null

  frame(text) {
    this.frames.push(JSON.parse(text))
  }

  close(code) {
    this.closed = code
  }

  /** Types of what came, greetings left out. */
  get types() {
    return this.frames.map(({ type }) => type).filter((type) => type !== 'connection_established')
  }
}
