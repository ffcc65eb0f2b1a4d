// In the tab that leads: the one real socket, and what all tabs want of it. To each tab it looks like a socket of its own at
// /api/ws; to the server, like one client with many channels. Sessions are not among these (connection.js tells why).

import { LOST } from '../closes.js'
import { ColloquyError } from '../error.js'
import { Heartbeat } from '../heartbeat.js'
import { Pace } from '../pace.js'
import { Lane } from './lane.js'

/** @import { Core } from '../core.js' */
/** @import { SocketLike } from '../environment.js' */

/** How long after "too many" what was not answered is asked again. */
const DISCARDED = 2_000

/**
 * How a tab is told.
 * @typedef {object} Port
 * @property {(text: string) => void} frame
 * @property {(code: number, reason: string) => void} close
 */

export class Hub {
  #core
  /** @type {Map<string, Port>} */
  #ports = new Map()
  /** @type {Map<string, Lane>} */
  #lanes = new Map()
  /** Questions of tabs, by the ids that they have on the real socket. @type {Map<string, {port: string, id: string | undefined}>} */
  #asked = new Map()
  /** Channels to ask for with the next frame, and its id. @type {{id: string, channels: object[]} | null} */
  #wanted = null
  /** Channels given up, by the ids of the frames that said so, until they are answered. @type {Map<string, string>} */
  #left = new Map()
  /** @type {any} */
  #discarded = null
  /** What each tab looks at, newest last: channel, tab, session. @type {Map<string, Map<string, string>>} */
  #viewing = new Map()
  /** @type {SocketLike | null} */
  #socket = null
  /** Rings when it was not greeted in time. @type {any} */
  #late = null
  /** @type {Heartbeat | null} */
  #heartbeat = null
  /** @type {Pace | null} */
  #pace = null
  #life = 0
  /** The token that the socket has, or was given last. @type {string | null} */
  #token = null
  /** All that it had. @type {Set<string>} */
  #tokens = new Set()
  /** It connects, or is connected. */
  #busy = false
  #count = 0
  /** @type {any} */
  #greeting = null

  /** @param {Core} core */
  constructor(core) {
    this.#core = core
  }

  /**
   * @param {string} id
   * @param {Port} port
   */
  open(id, port) {
    this.#ports.set(id, port)
    if (this.#greeting !== null) port.frame(JSON.stringify(this.#greeting))
    else if (!this.#busy) void this.#connect()
  }

  /** @param {string} id */
  bye(id) {
    if (!this.#ports.delete(id)) return
    for (const lane of [...this.#lanes.values()]) lane.leave(id)
    for (const [channel, views] of this.#viewing) if (views.delete(id)) this.#look(channel)
    if (this.#ports.size === 0) this.#end()
  }

  /**
   * @param {string} id
   * @param {any} frame
   */
  take(id, frame) {
    // Said to a socket that has ended meanwhile: its tab comes again.
    if (!this.#ports.has(id)) return
    switch (frame.type) {
      case 'subscribe':
        for (const { channel, since, epoch } of frame.data.channels) this.#lane(channel).ask({ port: id, id: frame.id, since, epoch })
        return
      case 'unsubscribe':
        for (const channel of frame.data.channels) {
          this.#lanes.get(channel)?.leave(id)
          this.#give([id], { type: 'unsubscribed', id: frame.id, channel, data: { channel } })
        }
        return
      case 'viewing':
        this.#view(id, frame)
        return
      case 'auth':
        // Each tab renews, mostly with the same token.
        if (frame.data.token !== this.#token) this.#send(frame)
        this.#token = frame.data.token
        this.#tokens.add(frame.data.token)
        return
      case 'typing':
      case 'read':
        this.#send(frame)
        return
      default: {
        const mine = this.#id('t')
        this.#asked.set(mine, { port: id, id: frame.id })
        this.#send({ ...frame, id: mine })
      }
    }
  }

  /** Another tab leads from here on. */
  close() {
    this.#ports.clear()
    this.#end()
  }

  async #connect() {
    const life = (this.#life += 1)
    this.#busy = true
    const { tokens, env, socketBase } = this.#core
    let token
    try {
      token = await tokens.get()
    } catch {
      if (life === this.#life) this.#closed(LOST, 'no token could be got')
      return
    }
    if (life !== this.#life) return
    if (token === null || env.WebSocket === null) {
      this.#closed(token === null ? 4001 : LOST, 'cannot connect')
      return
    }
    this.#token = token
    this.#tokens = new Set([token])
    try {
      this.#use(new env.WebSocket(`${socketBase}/api/ws`, ['colloquy.v1', `bearer.${token}`]))
    } catch (error) {
      this.#core.report(error, 'connecting')
      this.#closed(LOST, 'could not be tried')
    }
  }

  /** @param {SocketLike} socket */
  #use(socket) {
    const { env, options } = this.#core
    this.#socket = socket
    this.#late = env.timers.setTimeout(() => this.#closed(LOST, 'no greeting'), options.connectTimeout)
    this.#pace = new Pace(env, (text) => socket.send(text))
    this.#heartbeat = new Heartbeat(env, options.heartbeat, {
      ping: (id) => this.#send({ type: 'ping', id }),
      latency: () => {},
      dead: () => this.#closed(LOST, 'no sign of life'),
    })
    socket.onmessage = (event) => this.#heard(event.data)
    socket.onclose = (event) => this.#closed(event.code, event.reason ?? '')
    socket.onerror = () => {}
  }

  /** @param {string} text */
  #heard(text) {
    const frame = JSON.parse(text)
    this.#heartbeat?.heard()
    switch (frame.type) {
      case 'connection_established':
        this.#core.env.timers.clearTimeout(this.#late)
        this.#greeting = frame
        this.#heartbeat?.start()
        this.#all(text)
        return
      case 'authenticated':
        this.#greeting.data.expires_at = frame.data.expires_at
        this.#all(text)
        return
      case 'subscribed':
        this.#lanes.get(frame.data.channel)?.answer(frame)
        return
      case 'unsubscribed':
        this.#left.delete(frame.id)
        this.#withdrawn(frame)
        return
      case 'pong':
        this.#heartbeat?.pong(frame.id, frame.timestamp)
        this.#answer(frame)
        return
      case 'error':
        this.#error(frame)
        return
      default:
        if (frame.id === undefined || !this.#answer(frame)) this.#lanes.get(frame.channel)?.take(frame)
    }
  }

  /** @param {any} frame */
  #error(frame) {
    const { id, code, channel } = frame
    // Named, it is one person's channel that has to wait; its tab does that.
    if (code === 'rate_limited' && channel === undefined && (id === undefined || this.#left.has(id) || this.#waiting(id).length > 0)) {
      // Which frames it was is not always told.
      this.#discarded ??= this.#core.env.timers.setTimeout(() => this.#again(), DISCARDED)
      this.#core.report(new ColloquyError({ code, detail: frame.message }), 'a frame for all tabs')
      return
    }
    if (this.#left.delete(id)) return
    const lanes = this.#waiting(id).filter(({ name }) => channel === undefined || channel === name)
    for (const lane of lanes) lane.answer(frame)
    // The ids of the one socket mean nothing to a tab.
    if (lanes.length === 0 && !this.#answer(frame)) this.#all(JSON.stringify({ ...frame, id: undefined }))
  }

  /**
   * Lanes whose question has this id.
   * @param {string} id
   */
  #waiting(id) {
    return [...this.#lanes.values()].filter((lane) => lane.waitsFor(id))
  }

  #again() {
    this.#discarded = null
    const left = [...this.#left.values()]
    this.#left.clear()
    for (const channel of left) if (!this.#lanes.has(channel)) this.#giveUp(channel)
    for (const lane of this.#lanes.values()) lane.again()
  }

  /** @param {string} channel */
  #giveUp(channel) {
    const id = this.#id('u')
    this.#left.set(id, channel)
    this.#send({ type: 'unsubscribe', id, data: { channels: [channel] } })
  }

  /**
   * Channels asked for in one turn of the event loop go out in one frame.
   * @param {object} channel
   * @returns {string} its id
   */
  #want(channel) {
    if (this.#wanted === null) {
      this.#wanted = { id: this.#id('s'), channels: [] }
      queueMicrotask(() => this.#flush())
    }
    this.#wanted.channels.push(channel)
    return this.#wanted.id
  }

  #flush() {
    if (this.#wanted === null) return
    const { id, channels } = this.#wanted
    this.#wanted = null
    this.#send({ type: 'subscribe', id, data: { channels } })
  }

  /** @param {any} frame */
  #withdrawn(frame) {
    const { channel, code } = frame.data
    const lane = this.#lanes.get(channel)
    if (code === undefined || lane === undefined) return
    const ports = [...lane.ports]
    // Asked for anew and refused, it ends for those as well who had it; whether for good, the refusal tells who asks.
    if (lane.waiting) this.#drop(ports)
    else this.#give(ports, frame)
    for (const port of ports) lane.leave(port, false)
    // Who is just asking for it gets an answer of their own.
    if ([...lane.wanted()].length === 0) this.#lanes.delete(channel)
  }

  /**
   * @param {any} frame
   * @returns {boolean}
   */
  #answer(frame) {
    const asked = this.#asked.get(frame.id)
    if (asked === undefined) return false
    this.#asked.delete(frame.id)
    this.#give([asked.port], { ...frame, id: asked.id })
    return true
  }

  /** @param {string} channel */
  #lane(channel) {
    let lane = this.#lanes.get(channel)
    if (lane === undefined) {
      lane = new Lane(channel, {
        subscribe: (wanted) => this.#want(wanted),
        unsubscribe: () => this.#giveUp(channel),
        give: (ports, frame) => this.#give(ports, frame),
        drop: (ports) => this.#drop(ports),
        empty: () => this.#lanes.delete(channel),
      })
      this.#lanes.set(channel, lane)
    }
    return lane
  }

  /**
   * Tabs of one person may look at different things; the last one that looks at something counts.
   * @param {string} id
   * @param {any} frame
   */
  #view(id, { channel, data }) {
    const views = this.#viewing.get(channel) ?? new Map()
    this.#viewing.set(channel, views)
    views.delete(id)
    if (data.session_id !== null) views.set(id, data.session_id)
    this.#look(channel)
  }

  /** @param {string} channel */
  #look(channel) {
    const views = [...(this.#viewing.get(channel)?.values() ?? [])]
    if (this.#lanes.has(channel)) this.#send({ type: 'viewing', channel, data: { session_id: views.at(-1) ?? null } })
  }

  /** @param {string} kind */
  #id(kind) {
    this.#count += 1
    return `${kind}${this.#count}`
  }

  /** @param {any} frame */
  #send(frame) {
    // In the order in which they were said.
    this.#flush()
    if (this.#greeting !== null) this.#pace?.send(JSON.stringify(frame), frame.type === 'typing' || frame.type === 'viewing')
  }

  /**
   * @param {Iterable<string>} ports
   * @param {any} frame
   */
  #give(ports, frame) {
    const text = JSON.stringify(frame)
    for (const port of ports) this.#ports.get(port)?.frame(text)
  }

  /**
   * These tabs have to come again, and go on at their numbers.
   * @param {Iterable<string>} ports
   */
  #drop(ports) {
    for (const port of ports) this.#ports.get(port)?.close(LOST, 'something was missed')
  }

  /** @param {string} text */
  #all(text) {
    for (const port of this.#ports.values()) port.frame(text)
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    const { tokens } = this.#core
    const own = tokens.pair?.access_token
    // The lead's own would be tried again, and tabs whose tokens are good would pay for that.
    if (code === 4001 && own !== undefined && this.#tokens.has(own)) tokens.reject(own)
    const ports = [...this.#ports.values()]
    this.#ports.clear()
    this.#end()
    for (const port of ports) port.close(code, reason)
  }

  #end() {
    this.#life += 1
    this.#busy = false
    this.#heartbeat?.stop()
    this.#pace?.stop()
    this.#heartbeat = this.#pace = this.#greeting = null
    this.#core.env.timers.clearTimeout(this.#late)
    this.#core.env.timers.clearTimeout(this.#discarded)
    this.#discarded = this.#wanted = null
    this.#lanes.clear()
    this.#left.clear()
    this.#asked.clear()
    this.#viewing.clear()
    const socket = this.#socket
    this.#socket = null
    if (socket === null) return
    socket.onmessage = socket.onclose = null
    socket.close(1000)
  }
}
