// All channels of one client and what carries them: over how many connections, and the one state that all of that adds up to. Which
// transport it is, `choice.js` decides.

import { Channel } from './channel.js'
import { Choice } from './choice.js'
import { SharedLink, CHANNELS } from './transports/shared.js'
import { SingleLink } from './transports/single.js'

/** @import { Core } from './core.js' */
/** @import { LineChange, LineState } from './line.js' */

/**
 * What links are given.
 * @typedef {object} LinkParts
 * @property {(link: Link, change: LineChange) => void} changed
 * @property {(greeted: boolean, code: number) => void} tried
 */

/** @typedef {SharedLink | SingleLink} Link */
/** @typedef {{channel: Channel, count: number, link: Link | null}} Held */
/** @typedef {{state: LineState, previous: LineState, code?: number | string, reason?: string, retryIn?: number}} StateEvent */

/** An unused socket is kept so long: who leaves one page for another comes back for it. */
const LINGER = 2_000

export class Connection {
  /** @type {LineState} */
  state = 'closed'
  #core
  #tell
  /** @type {Map<string, Held>} */
  #held = new Map()
  /** @type {Set<Link>} */
  #links = new Set()
  #choice
  /** @type {any} */
  #linger = null
  /** Stays open without channels. */
  #wanted = false
  #closed = false

  /**
   * @param {Core} core
   * @param {(event: StateEvent) => void} tell
   */
  constructor(core, tell) {
    this.#core = core
    this.#tell = tell
    this.#choice = new Choice(core, () => this.#switch())
  }

  /** What carries events now; null: nothing does. */
  get transport() {
    return this.state === 'open' ? this.#choice.now : null
  }

  get size() {
    return this.#held.size
  }

  /**
   * @param {string} name
   * @returns {Channel}
   */
  channel(name) {
    const known = this.#held.get(name)
    if (known && !known.channel.intake.over) {
      known.count += 1
      return known.channel
    }
    const channel = new Channel(this.#core, name, {
      leave: () => this.#leave(channel),
      over: () => this.#detach(channel),
      again: () => this.#held.get(name)?.link?.line.anew(),
    })
    this.#held.set(name, { channel, count: 1, link: null })
    if (this.#closed) channel.giveUp()
    queueMicrotask(() => this.#attach(channel))
    return channel
  }

  /** Connects, also while no channel is asked for. */
  open() {
    if (this.#closed) return
    this.#wanted = true
    this.#start()
  }

  /** Tries now what would be tried later. */
  again() {
    if (this.#closed) return
    this.#choice.hurry()
    const links = [...this.#links]
    this.#start()
    for (const link of links) link.line.again()
  }

  /** The network may be gone. */
  check() {
    for (const link of this.#links) link.line.check()
  }

  /** Goes on after a log-in. */
  resume() {
    if (this.#closed) return
    this.#start()
    for (const link of this.#links) link.line.start()
  }

  /** Another person: nothing that was known of streams holds. */
  forget() {
    for (const { channel } of this.#held.values()) channel.forget()
  }

  /**
   * Ends all connections; channels stay and wait.
   * @param {string} [reason]
   */
  stop(reason) {
    this.#choice.rest()
    for (const link of [...this.#links]) {
      this.#links.delete(link)
      link.stop()
    }
    for (const held of this.#held.values()) held.link = null
    this.#sum({ state: 'closed', ...(reason !== undefined && { code: reason, reason }) })
  }

  close() {
    this.#closed = true
    this.#wanted = false
    this.#core.env.timers.clearTimeout(this.#linger)
    this.stop()
    for (const { channel } of this.#held.values()) channel.giveUp()
  }

  #start() {
    for (const { channel } of this.#held.values()) this.#attach(channel)
    if (this.#wanted && this.#links.size === 0 && this.#choice.now === 'websocket') this.#shared().line.start()
  }

  /** @param {Channel} channel */
  #attach(channel) {
    const held = this.#held.get(channel.name)
    if (held?.channel !== channel || held.count === 0 || held.link || channel.intake.over || this.#closed) return
    // Nobody is logged in: it waits for that.
    if (!this.#core.tokens.any) return
    const link = this.#linkFor(channel)
    if (link === null) {
      channel.intake.lost('needs_websocket')
      return
    }
    held.link = link
    link.join(channel)
    link.line.start()
  }

  /**
   * @param {Channel} channel
   * @returns {Link | null}
   */
  #linkFor(channel) {
    const { name } = channel
    const own = name.startsWith('bot:') || name === 'notifications'
    if (this.#choice.now !== 'websocket' && !own && !name.startsWith('session:')) return null
    if (this.#choice.now === 'websocket' && (this.#core.options.mode === 'shared' || !own)) return this.#shared(this.#apart(name))
    return this.#add(new SingleLink(this.#core, channel, this.#choice.now, this.#parts()))
  }

  /**
   * Not on the socket that tabs share: what a session gives there is not given by its bot, which another tab may join at that moment.
   * @param {string} name
   */
  #apart(name) {
    return this.#core.shared !== null && name.startsWith('session:')
  }

  /** One with room. */
  #shared(apart = false) {
    for (const link of this.#links) if (link instanceof SharedLink && link.apart === apart && link.size < CHANNELS) return link
    return this.#add(new SharedLink(this.#core, this.#parts(), apart))
  }

  /**
   * @template {Link} T
   * @param {T} link
   * @returns {T}
   */
  #add(link) {
    this.#links.add(link)
    return link
  }

  /** @returns {LinkParts} */
  #parts() {
    return {
      changed: (link, change) => {
        if (!this.#links.has(link)) return
        if (change.state === 'closed' && link instanceof SingleLink) this.#gone(link)
        this.#sum(change)
      },
      tried: (greeted, code) => this.#choice.tried(greeted, code),
    }
  }

  /**
   * A connection of one channel has ended for good. The channel, if it has not, may get another one later.
   * @param {Link} link
   */
  #gone(link) {
    this.#links.delete(link)
    for (const held of this.#held.values()) if (held.link === link) held.link = null
  }

  /** @param {Channel} channel */
  #leave(channel) {
    const held = this.#held.get(channel.name)
    if (held?.channel !== channel || held.count === 0) return
    held.count -= 1
    // Who leaves and comes in one turn of the event loop, as frameworks do when they try a component, has never left.
    if (held.count === 0) queueMicrotask(() => this.#release(channel))
  }

  /** @param {Channel} channel */
  #release(channel) {
    const held = this.#held.get(channel.name)
    if (held?.channel !== channel || held.count > 0) return
    this.#detach(channel)
    this.#held.delete(channel.name)
    channel.close()
  }

  /** @param {Channel} channel */
  #detach(channel) {
    const held = this.#held.get(channel.name)
    const link = held?.channel === channel ? held.link : null
    if (!held || !link) return
    held.link = null
    link.leave(channel)
    if (link.size > 0) return
    if (link instanceof SingleLink) this.#drop(link)
    else {
      const { timers } = this.#core.env
      timers.clearTimeout(this.#linger)
      this.#linger = timers.setTimeout(() => this.#tidy(), LINGER)
    }
  }

  #tidy() {
    if (this.#wanted) return
    for (const link of [...this.#links]) if (link.size === 0) this.#drop(link)
  }

  /** @param {Link} link */
  #drop(link) {
    if (!this.#links.has(link)) return
    // What was asked on it is answered no more; the channel of a single one is told by who let go of it.
    if (link instanceof SharedLink) link.stop()
    else link.line.stop()
    this.#links.delete(link)
    this.#sum({ state: 'closed' })
  }

  /** @param {LineChange} change */
  #sum(change) {
    const previous = this.state
    const states = [...this.#links].map((link) => link.line.state)
    /** @type {LineState} */
    const state =
      ['reconnecting', 'connecting', 'open'].map((one) => /** @type {LineState} */ (one)).find((one) => states.includes(one)) ?? 'closed'
    // Every failed attempt is told, with the time until the next one.
    if (state === previous && !(state === 'reconnecting' && change.state === 'reconnecting')) return
    this.state = state
    this.#tell({ ...(change.state === state && change), state, previous })
  }

  /** Another transport from here on. */
  #switch() {
    const links = [...this.#links]
    this.#links.clear()
    for (const link of links) link.stop()
    for (const held of this.#held.values()) held.link = null
    this.#start()
    this.#sum({ state: 'connecting' })
  }

  /** The network is back, or the page is looked at again. */
  wake() {
    for (const link of this.#links) link.line.wake()
    this.#choice.hurry()
  }
}
