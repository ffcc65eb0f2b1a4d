// The server's side of a stream of Server-Sent Events: durable events only, no presence of anybody, and an `end` event
// with the code that a socket would be closed with.

import { Stream } from './stream.js'

/** @typedef {import('./types.js').Access} Access */
/** @typedef {import('./types.js').Entry} Entry */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./world.js').World} World */

/** The codes that a stream tells; for all others it says "come back". */
const TOLD = [4001, 4003]

export class EventStream {
  kind = /** @type {const} */ ('stream')
  /** A stream looks at nothing. @type {Map<string, string | null>} */
  viewing = new Map()
  #bot
  #write
  #end
  #over = false
  #stop = () => {}

  /**
   * @param {World} world
   * @param {Access} access
   * @param {string} bot_id
   * @param {{since: number | null, epoch?: string} | null} range
   * @param {(text: string) => void} write
   * @param {() => void} end
   */
  constructor(world, access, bot_id, range, write, end) {
    this.world = world
    this.access = access
    this.id = world.id()
    this.#bot = bot_id
    this.#write = write
    this.#end = end
    const stream = world.stream(bot_id)
    write(': welcome\n\n')
    if (range) {
      const { events, from, to, complete } = stream.replay(this.user_id, range.since, range.epoch, world.replayLimit)
      for (const event of events) this.#tell(stream, event)
      write(`event: replay_complete\ndata: ${JSON.stringify({ from, to, complete })}\n\n`)
    }
    /** @param {Entry} entry */
    const listener = (entry) => {
      if (Stream.visible(entry, this.user_id)) this.#tell(stream, entry.frame)
    }
    stream.listeners.add(listener)
    world.peers.add(this)
    const cancel = world.later(() => this.close(4001), Math.max(0, access.expires_at - world.now()))
    this.#stop = () => {
      stream.listeners.delete(listener)
      world.peers.delete(this)
      cancel()
    }
  }

  get user_id() {
    return this.access.user_id
  }

  /** @param {Stream} stream @param {Json} frame */
  #tell(stream, frame) {
    this.#write(`id: ${stream.epoch}:${frame.seq}\ndata: ${JSON.stringify(frame)}\n\n`)
  }

  /** @param {number} code */
  close(code) {
    if (this.#over) return
    this.gone()
    if (code !== 1006) this.#write(`event: end\ndata: ${JSON.stringify({ code: TOLD.includes(code) ? code : 1001 })}\n\n`)
    this.#end()
  }

  gone() {
    this.#over = true
    this.#stop()
  }

  /** @param {string} bot_id */
  withdraw(bot_id) {
    const bot = this.world.bots.get(bot_id)
    if (bot_id === this.#bot && !(bot && !bot.deleted && this.world.roleOn(bot, this.user_id) === 'owner')) this.close(4003)
  }

  /** Signals do not come this way. */
  signal() {}

  hasBot() {
    return false
  }
}
