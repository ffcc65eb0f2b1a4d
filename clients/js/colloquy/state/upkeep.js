// What no event carries and must be asked for: the configuration, which only editors may read, and how much of a session is
// unread where that cannot be told from what is loaded. The reducers say when; what fails is asked again with the next
// connection.

import { ColloquyError, isPassing } from '../error.js'
import { marksOf } from './model.js'
import { configLoaded } from './people.js'
import { sessionCounted, sessionOf, settle } from './unread.js'

/** @import { Held } from './needs.js' */

export class Upkeep {
  #held
  #configuring = false
  #failed = false
  /** @type {Set<string>} */
  #asking = new Set()
  #ended = false

  /** @param {Held} held */
  constructor(held) {
    this.#held = held
  }

  end() {
    this.#ended = true
  }

  /** There is a connection: what failed is worth trying again. */
  resume() {
    this.#failed = false
    this.look()
  }

  look() {
    const { configStale, doubtful } = this.#held.get().book
    if (this.#failed || this.#ended) return
    if (configStale && !this.#configuring) void this.#configure()
    for (const session_id of doubtful) if (!this.#asking.has(session_id)) void this.#count(session_id)
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
    this.#asking.add(session_id)
    try {
      const session = /** @type {any} */ (await core.api.getSession({ session_id }))
      const model = get()
      if (this.#ended || !model.book.doubtful.has(session_id)) return
      // Another count: an event is on its way, and with it the next look.
      if (sessionOf(model, session_id)?.message_count === session.message_count) change(sessionCounted(model, session, marksOf(session)))
    } catch (error) {
      if (error instanceof ColloquyError && error.status === 404) change(settle(get(), session_id))
      else this.#fail(error, 'loading a session')
    } finally {
      this.#asking.delete(session_id)
    }
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
