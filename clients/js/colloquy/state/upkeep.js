// What no event carries and must be asked for: the configuration, which only editors may read, and how much of a session is
// unread where that cannot be told from what is loaded. The reducers say when; what fails is asked again with the next
// connection.

import { ColloquyError, isPassing } from '../error.js'
import { marksOf } from './model.js'
import { configLoaded } from './people.js'
import { sessionCounted, sessionOf, settle } from './unread.js'

/** @import { Held } from './needs.js' */

/** Until a session whose count differs is asked for again, in case no event says so before. */
const AGAIN = 1_000
/** Answers in a row that differ: then it is not for an event on its way. */
const DIFFERING = 3

export class Upkeep {
  #held
  #configuring = false
  #failed = false
  /** What is asked, or was asked at which number. @type {Map<string, {seq: number, busy: boolean, differed: number}>} */
  #asked = new Map()
  /** @type {any} */
  #timer = null
  #ended = false

  /** @param {Held} held */
  constructor(held) {
    this.#held = held
  }

  end() {
    this.#ended = true
    this.#held.core.timers.clearTimeout(this.#timer)
  }

  /** There is a connection: what failed is worth trying again. */
  resume() {
    this.#failed = false
    this.look()
  }

  look() {
    const { seq, status, book } = this.#held.get()
    // While a replay is on its way much is in doubt that it will answer.
    if (this.#failed || this.#ended || status !== 'live') return
    if (book.configStale && !this.#configuring) void this.#configure()
    for (const session_id of book.doubtful) {
      const asked = this.#asked.get(session_id)
      if (!asked || (!asked.busy && asked.seq !== seq)) void this.#count(session_id)
    }
  }

  async #configure() {
    const { core, bot_id, get, change } = this.#held
    this.#configuring = true
    try {
      const bot = await core.api.getBot({ bot_id })
      if (!this.#ended) change(configLoaded(get(), /** @type {any} */ (bot)))
    } catch (error) {
      this.#fail(error, 'loading the configuration of a bot')
    } finally {
      this.#configuring = false
    }
  }

  /** @param {string} session_id */
  async #count(session_id) {
    const { core, get, change } = this.#held
    const asked = this.#asked.get(session_id) ?? { seq: 0, busy: false, differed: 0 }
    asked.seq = get().seq
    asked.busy = true
    this.#asked.set(session_id, asked)
    try {
      const session = /** @type {any} */ (await core.api.getSession({ session_id }))
      const model = get()
      const known = sessionOf(model, session_id)
      if (this.#ended || !known || !model.book.doubtful.has(session_id)) return void this.#asked.delete(session_id)
      asked.differed = known.message_count === session.message_count ? 0 : asked.differed + 1
      // Another count: an event is on its way, and with it the next look.
      if (asked.differed > 0 && asked.differed < DIFFERING) return this.#later()
      this.#asked.delete(session_id)
      change(sessionCounted(model, session, marksOf(session)))
    } catch (error) {
      this.#asked.delete(session_id)
      if (error instanceof ColloquyError && error.status === 404) change(settle(get(), session_id))
      else this.#fail(error, 'loading a session')
    } finally {
      asked.busy = false
    }
  }

  #later() {
    if (this.#timer !== null) return
    this.#timer = this.#held.core.timers.setTimeout(() => {
      this.#timer = null
      for (const asked of this.#asked.values()) asked.seq = -1
      this.look()
    }, AGAIN)
  }

  /**
   * @param {unknown} error
   * @param {string} during
   */
  #fail(error, during) {
    this.#failed = true
    if (!isPassing(error)) this.#held.core.failed(error, during)
  }
}
