// The state layer as the client has it: who watches which bot, each state once for all who do, and closed soon after the last
// of them has let go: pages that follow one another often want the same.

import { subjectOf } from '../tokens.js'
import { BotState } from './bot-state.js'
import { NotificationState } from './notification-state.js'

/** @import { Needs } from './needs.js' */

export { BotState, NotificationState }

/** How long a state outlives the last who watched it. */
const LINGER = 1_000

/**
 * @template {{end: () => void}} S
 * @typedef {{state: S, count: number, timer: any}} Entry
 */

export class Watched {
  #core
  /** @type {Map<string, Entry<BotState>>} */
  #bots = new Map()
  /** @type {Entry<NotificationState> | null} */
  #inbox = null

  #subject

  /**
   * @param {Needs} core
   * @param {string | null} subject  Who is logged in, if that is known.
   */
  constructor(core, subject) {
    this.#core = core
    this.#subject = subject
    core.on('signed_out', () => this.#signedOut(null))
    core.on('tokens', (pair) => this.#signedOut(subjectOf(pair?.access_token)))
  }

  /**
   * The live state of a bot, the same for everyone who watches it. Each call is undone by one `release()`.
   * @param {string} bot_id
   */
  bot(bot_id) {
    if (typeof bot_id !== 'string' || bot_id === '') throw new TypeError('a bot is watched by its id')
    let entry = this.#bots.get(bot_id)
    if (!entry) {
      const made = { state: new BotState(this.#core, bot_id, () => this.#release(made, end)), count: 0, timer: null }
      const end = () => this.#bots.get(bot_id) === made && this.#bots.delete(bot_id)
      this.#bots.set(bot_id, (entry = made))
    }
    return this.#taken(entry)
  }

  /** One's notifications, live. Each call is undone by one `release()`. */
  notifications() {
    if (!this.#inbox) {
      const made = { state: new NotificationState(this.#core, () => this.#release(made, end)), count: 0, timer: null }
      const end = () => this.#inbox === made && (this.#inbox = null)
      this.#inbox = made
    }
    return this.#taken(this.#inbox)
  }

  /** Everything ends: the client is closed, or somebody else logs in. */
  close() {
    const entries = [...this.#bots.values(), ...(this.#inbox ? [this.#inbox] : [])]
    this.#bots.clear()
    this.#inbox = null
    for (const { state, timer } of entries) {
      this.#core.timers.clearTimeout(timer)
      state.end()
    }
  }

  /**
   * What one person was shown is not the next one's to see.
   * @param {string | null} subject
   */
  #signedOut(subject) {
    if (subject !== null && (this.#subject === null || subject === this.#subject)) {
      this.#subject = subject
      return
    }
    if (subject !== null) this.#subject = subject
    for (const { state } of this.#bots.values()) state.signedOut()
    this.#inbox?.state.signedOut()
  }

  /**
   * @template {{end: () => void}} S
   * @param {Entry<S>} entry
   */
  #taken(entry) {
    this.#core.timers.clearTimeout(entry.timer)
    entry.timer = null
    entry.count += 1
    return entry.state
  }

  /**
   * @param {Entry<{end: () => void}>} entry
   * @param {() => unknown} forget
   */
  #release(entry, forget) {
    if (entry.count === 0) return
    entry.count -= 1
    if (entry.count > 0) return
    entry.timer = this.#core.timers.setTimeout(() => {
      forget()
      entry.state.end()
    }, LINGER)
  }
}
