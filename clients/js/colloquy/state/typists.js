// Who is typing, and until when that is believed. The server says itself when somebody has stopped; this is for a word that was
// lost on the way.

import { stopTyping } from './people.js'

/** @import { Held } from './needs.js' */

const BELIEVED = 8_000

export class Typists {
  #held
  /** By place and person. @type {Map<string, {until: number, user_id: string, session_id: string | null}>} */
  #typists = new Map()
  /** @type {any} */
  #timer = null

  /** @param {Held} held */
  constructor(held) {
    this.#held = held
  }

  /** @param {{user_id: string, session_id: string | null, is_typing: boolean}} typist */
  heard({ user_id, session_id, is_typing }) {
    const key = `${session_id ?? ''} ${user_id}`
    if (!is_typing) return void this.#typists.delete(key)
    const { now } = this.#held.core
    this.#typists.set(key, { until: now() + BELIEVED, user_id, session_id })
    if (this.#timer === null) this.#wait(BELIEVED)
  }

  forget() {
    this.#typists.clear()
    this.#held.core.timers.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** @param {number} ms */
  #wait(ms) {
    this.#timer = this.#held.core.timers.setTimeout(() => {
      this.#timer = null
      this.#look()
    }, ms)
  }

  #look() {
    const { core, get, change } = this.#held
    const now = core.now()
    let next = get()
    let soonest = Infinity
    for (const [key, { until, user_id, session_id }] of this.#typists) {
      if (until > now) {
        soonest = Math.min(soonest, until)
        continue
      }
      this.#typists.delete(key)
      next = stopTyping(next, user_id, session_id)
    }
    change(next)
    if (soonest < Infinity) this.#wait(soonest - now)
  }
}
