// One message on its way out, as who sent it holds it. What happens to it is the outbox' matter.

import { ColloquyError } from './error.js'

/** @import { Outbox } from './outbox.js' */
/** @import { KeptSend } from './storage.js' */
/** @import { PostedView } from './schema.js' */

/** @typedef {'waiting' | 'sending' | 'sent' | 'failed'} SentStatus */

export class Sent {
  /** @type {SentStatus} */
  status = 'waiting'
  /** Why it failed. @type {ColloquyError | undefined} */
  error
  /** The message and the answer that was asked for; rejects if the server refuses it. @type {Promise<PostedView>} */
  result
  #outbox
  /** @type {(posted: PostedView) => void} */
  #resolve = () => {}
  /** @type {(error: ColloquyError) => void} */
  #reject = () => {}

  /**
   * @param {Outbox} outbox
   * @param {KeptSend} kept
   */
  constructor(outbox, kept) {
    this.#outbox = outbox
    this.key = kept.key
    this.session_id = kept.session_id
    this.content = kept.content
    this.reply = kept.reply
    this.mentions = kept.mentions
    this.bot_id = kept.bot_id
    /** When it was written. */
    this.at = kept.at
    /** When it was tried first. Since then it may have arrived. @type {number | null} */
    this.triedAt = kept.triedAt ?? (kept.tried ? kept.at : null)
    this.result = this.#promise()
    if (kept.failed) this.fail(new ColloquyError(kept.failed))
  }

  /** It may have arrived already. */
  get tried() {
    return this.triedAt !== null
  }

  /** Tries a failed one again, if the outbox still has it. */
  retry() {
    if (this.status !== 'failed' || !this.#outbox.has(this)) return
    this.error = undefined
    this.result = this.#promise()
    this.#outbox.again(this)
  }

  /** Takes it back. One that is being sent may have arrived all the same. */
  discard() {
    if (this.status === 'sent') return
    this.#outbox.drop(this)
    this.fail(discarded())
  }

  /** For the outbox. @param {PostedView} posted */
  done(posted) {
    this.status = 'sent'
    this.#resolve(posted)
  }

  /** For the outbox. @param {ColloquyError} error */
  fail(error) {
    this.status = 'failed'
    this.error = error
    this.#reject(error)
  }

  /** @returns {KeptSend} */
  get kept() {
    const { key, session_id, content, reply, mentions, bot_id, at, tried, triedAt } = this
    const kept = { key, session_id, content, reply, mentions, bot_id, at, tried, ...(triedAt !== null && { triedAt }) }
    // That a client was closed is the end of nothing but its own waiting.
    if (!this.error || this.error.code === 'closed') return kept
    const { code, detail, status } = this.error
    return { ...kept, failed: { code, detail, status } }
  }

  #promise() {
    /** @type {Promise<PostedView>} */
    const promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Who does not ask for it need not care for its failure.
    promise.catch(() => {})
    return promise
  }
}

export function discarded() {
  return new ColloquyError({ code: 'discarded', detail: 'the message was discarded' })
}
