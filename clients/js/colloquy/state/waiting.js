// One's own sends that are not yet among the messages. The outbox knows how each stands; here it is seen to that a send is shown
// until its message is there, and never beside it: the event may be quicker than the answer to the call, or slower.

import { patch, share } from './lists.js'
import { sessionOf } from './unread.js'

/** @import { Held } from './needs.js' */
/** @import { BotModel, WaitingSend } from './types.js' */

/** Own messages of late, by id: as many as may be seen before the answer to their call. */
const SEEN = 200
/** Whose rows are still on a screen, as good as surely. */
const KEYS = 1_000

/**
 * @typedef {object} Entry
 * @property {any} sent
 * @property {Promise<any>} result  The one that is listened to: trying again makes another.
 * @property {string | null} message_id  By the answer to the call.
 * @property {number} at  When that came.
 * @property {string | null} twin  A message that came while the call was under way and looks like this one.
 * @property {() => void} retry
 * @property {() => void} discard
 */

export class Waiting {
  #held
  /** In the order of sending. @type {Map<string, Entry>} */
  #entries = new Map()
  /** @type {Set<string>} */
  #seen = new Set()
  /** Which send became which message. @type {Map<string, string>} */
  #keys = new Map()
  #unsubscribe

  /** @param {Held} held */
  constructor(held) {
    this.#held = held
    this.#unsubscribe = held.core.on('outbox', () => this.#look())
    this.#look()
  }

  end() {
    this.#unsubscribe()
  }

  /** Another person's sends are none of the next one's. */
  forget() {
    this.#entries.clear()
    this.#seen.clear()
    this.#keys.clear()
  }

  /**
   * A message of anybody. Reducer with the memory of what was sent.
   * @param {BotModel} model
   * @param {{ message_id: string, user_id: string | null, session_id: string, content: string }} message
   */
  posted(model, { message_id, user_id, session_id, content }) {
    if (user_id === null || user_id !== model.me?.user_id) return model
    this.#seen.add(message_id)
    if (this.#seen.size > SEEN) this.#seen.delete(/** @type {string} */ (this.#seen.values().next().value))
    for (const entry of this.#entries.values()) {
      const { sent } = entry
      if (sent.session_id !== session_id || entry.twin !== null) continue
      if (entry.message_id === message_id) break
      const under_way = sent.status === 'sending' || (sent.status === 'waiting' && sent.tried)
      if (entry.message_id !== null || !under_way || sent.content !== content) continue
      entry.twin = message_id
      this.#name(message_id, sent.key)
      break
    }
    return this.shown(model)
  }

  /**
   * In a state loaded afresh, what was sent before that began is contained, or deleted since.
   * @param {BotModel} model
   * @param {number} began
   */
  reconciled(model, began) {
    for (const { message_id, at, sent } of this.#entries.values()) {
      if (message_id === null) continue
      const items = model.messages[sent.session_id]?.items ?? []
      if (at < began || items.some((message) => message.id === message_id)) this.#seen.add(message_id)
    }
    return this.shown(model)
  }

  /**
   * The key of the send that became this message, or the message's own id: the same for a row while it is sent and after.
   * @param {string} message_id
   */
  keyOf(message_id) {
    return this.#keys.get(message_id) ?? message_id
  }

  /**
   * @param {string} message_id
   * @param {string} key
   */
  #name(message_id, key) {
    this.#keys.set(message_id, key)
    if (this.#keys.size > KEYS) this.#keys.delete(/** @type {string} */ (this.#keys.keys().next().value))
  }

  /** The outbox has changed. */
  #look() {
    const sends = this.#held.core.sends()
    for (const sent of sends) this.#hear(sent)
    const keys = new Set(sends.map(({ key }) => key))
    for (const [key, { sent }] of this.#entries) if (!keys.has(key) && sent.status !== 'sent') this.#entries.delete(key)
    this.#held.change(this.shown(this.#held.get()))
  }

  /** @param {any} sent */
  #hear(sent) {
    const known = this.#entries.get(sent.key)
    if (known?.result === sent.result) return
    /** @type {Entry} */
    const entry = known ?? {
      sent, result: sent.result, message_id: null, at: 0, twin: null, retry: () => sent.retry(), discard: () => sent.discard(),
    }
    entry.result = sent.result
    this.#entries.set(sent.key, entry)
    sent.result.then(
      (/** @type {any} */ { message }) => {
        // Sent to another bot: nothing here will ever see its message.
        if (!this.#here(sent)) return void this.#entries.delete(sent.key)
        entry.message_id = message.id
        entry.at = this.#held.core.now()
        this.#name(message.id, sent.key)
        this.#held.change(this.shown(this.#held.get()))
      },
      // How it failed is the outbox's to show.
      () => {},
    )
  }

  /** @param {any} sent */
  #here({ bot_id, session_id }, model = this.#held.get()) {
    return bot_id === this.#held.bot_id || sessionOf(model, session_id) !== undefined
  }

  /**
   * The model with the sends that are to be shown in it.
   * @param {BotModel} model
   * @returns {BotModel}
   */
  shown(model) {
    /** @type {Record<string, WaitingSend[]>} */
    const waiting = {}
    for (const [key, entry] of this.#entries) {
      const { sent, message_id, twin } = entry
      if (message_id !== null && this.#seen.has(message_id)) {
        this.#entries.delete(key)
        continue
      }
      // A twin of another message was none; one whose call failed was none either.
      if (twin !== null && (message_id !== null || sent.status === 'failed')) entry.twin = null
      const { session_id } = sent
      if (entry.twin !== null || !this.#here(sent, model)) continue
      const { content, status, error } = sent
      const { retry, discard } = entry
      const picture = { key, session_id, content, status, retry, discard, ...(error && { error }), ...(message_id && { message_id }) }
      ;(waiting[session_id] ??= []).push(picture)
    }
    return patch(model, { waiting: share(model.waiting, waiting) })
  }
}
