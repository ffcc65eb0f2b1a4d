// The state layer as the client has it: who watches which bot, each state once for all who do, and closed with the last of them.

import { BotState } from './bot-state.js'
import { NotificationState } from './notification-state.js'

/** @import { Needs } from './needs.js' */

export { BotState, NotificationState }

export class Watched {
  #core
  /** @type {Map<string, {state: BotState, count: number}>} */
  #bots = new Map()
  /** @type {{state: NotificationState, count: number} | null} */
  #inbox = null

  /** @param {Needs} core */
  constructor(core) {
    this.#core = core
  }

  /**
   * The live state of a bot, the same for everyone who watches it. Each call is undone by one `release()`.
   * @param {string} bot_id
   */
  bot(bot_id) {
    if (typeof bot_id !== 'string' || bot_id === '') throw new TypeError('a bot is watched by its id')
    let entry = this.#bots.get(bot_id)
    if (!entry) {
      entry = { state: new BotState(this.#core, bot_id, () => this.#releaseBot(bot_id)), count: 0 }
      this.#bots.set(bot_id, entry)
    }
    entry.count += 1
    return entry.state
  }

  /** One's notifications, live. Each call is undone by one `release()`. */
  notifications() {
    this.#inbox ??= { state: new NotificationState(this.#core, () => this.#releaseInbox()), count: 0 }
    this.#inbox.count += 1
    return this.#inbox.state
  }

  /** Everything ends: the client is closed, or somebody else logs in. */
  close() {
    for (const { state } of this.#bots.values()) state.end()
    this.#bots.clear()
    this.#inbox?.state.end()
    this.#inbox = null
  }

  /** @param {string} bot_id */
  #releaseBot(bot_id) {
    const entry = this.#bots.get(bot_id)
    if (!entry) return
    entry.count -= 1
    if (entry.count > 0) return
    this.#bots.delete(bot_id)
    entry.state.end()
  }

  #releaseInbox() {
    if (!this.#inbox) return
    this.#inbox.count -= 1
    if (this.#inbox.count > 0) return
    this.#inbox.state.end()
    this.#inbox = null
  }
}
