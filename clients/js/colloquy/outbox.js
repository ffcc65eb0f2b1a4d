// Messages on their way out. In order within a session, one at a time; kept while there is no network; each with a key, so that
// trying again cannot post twice. One fails only when the server has refused it for good.

import { Backoff } from './backoff.js'
import { Emitter } from './emitter.js'
import { ColloquyError, isPassing } from './error.js'
import { uuid } from './environment.js'
import { Sent, discarded } from './sent.js'

/** @import { Core } from './core.js' */
/** @import { KeptSend, OutboxStorage } from './storage.js' */

/** @typedef {{reply?: boolean, mentions?: string[], bot_id?: string, key?: string}} SendOptions */

/** The server knows a key for 24 hours. What may have arrived is not tried again without being asked for when it gets that old. */
const KEY_LIVES = 23 * 3_600_000

export class Outbox {
  #core
  #limit
  #storage
  #emitter
  /** @type {Sent[]} */
  #entries = []
  /** What is being sent, by session. @type {Map<string, AbortController>} */
  #busy = new Map()
  /** Failures in a row, by session. @type {Map<string, {backoff: Backoff, timer: any, on: boolean}>} */
  #pauses = new Map()
  /** @type {string | null} */
  #user = null
  #closed = false
  #held = false

  /**
   * @param {Core} core
   * @param {{limit: number, storage?: OutboxStorage}} options
   */
  constructor(core, { limit, storage }) {
    this.#core = core
    this.#limit = limit
    this.#storage = storage
    this.#emitter = new Emitter((error) => core.report(error, 'listener of the outbox'))
  }

  /** All that have not been sent, oldest first. The list is another one after every change. @returns {readonly Sent[]} */
  get entries() {
    return this.#entries
  }

  /**
   * Calls `fn` with the entries after every change.
   * @param {(entries: readonly Sent[]) => unknown} fn
   */
  on(fn) {
    return this.#emitter.on('change', fn)
  }

  /**
   * @param {string} session_id
   * @param {string} content
   * @param {SendOptions} options
   */
  send(session_id, content, { reply, mentions, bot_id, key = uuid() }) {
    if (typeof session_id !== 'string' || session_id === '') throw new TypeError('send needs the id of a session')
    if (typeof content !== 'string') throw new TypeError('send needs a text')
    if (this.#closed) throw new ColloquyError({ code: 'closed', detail: 'the client is closed' })
    if (this.#entries.length >= this.#limit) {
      throw new ColloquyError({ code: 'outbox_full', detail: `${this.#limit} messages are waiting already` })
    }
    if (this.#user !== null) this.#storage?.sendAgain?.(this.#user, key)
    const sent = new Sent(this, { key, session_id, content, reply, mentions, bot_id, at: this.#core.env.now() })
    this.#entries = [...this.#entries, sent]
    this.#changed()
    this.#next(session_id)
    return sent
  }

  /**
   * Whose messages these are. Another person's stay where they are kept.
   * @param {string | null} user_id
   */
  belongsTo(user_id) {
    if (user_id === this.#user) return
    const before = this.#user
    this.#user = user_id
    if (before !== null) this.#clear()
    const known = new Set(this.#entries.map((sent) => sent.key))
    const kept = user_id === null ? [] : (this.#storage?.load(user_id) ?? [])
    const loaded = kept.filter(({ key }) => !known.has(key)).map((one) => this.#load(one))
    if (loaded.length > 0) this.#entries = [...loaded, ...this.#entries]
    this.#changed()
    this.flush()
  }

  /** There is reason to hope: tries now. */
  flush() {
    for (const session_id of new Set(this.#entries.map((sent) => sent.session_id))) {
      this.#unpause(session_id)
      this.#next(session_id)
    }
  }

  /**
   * While somebody logs out, nothing leaves.
   * @param {boolean} held
   */
  hold(held) {
    this.#held = held
  }

  /** For an entry: whether it may be tried again. @param {Sent} sent */
  has(sent) {
    return !this.#closed && this.#entries.includes(sent)
  }

  /** For a failed entry. @param {Sent} sent */
  again(sent) {
    sent.status = 'waiting'
    // Asked for, it may be posted although the key is forgotten.
    if (this.#tooOld(sent)) sent.triedAt = null
    this.#changed()
    this.#next(sent.session_id)
  }

  /** @param {Sent} sent */
  drop(sent) {
    if (sent.status === 'sending') this.#busy.get(sent.session_id)?.abort()
    this.#remove(sent)
    if (this.#user !== null) this.#storage?.takeBack?.(this.#user, sent.key)
    this.#next(sent.session_id)
  }

  close() {
    this.#closed = true
    for (const control of this.#busy.values()) control.abort()
    for (const session_id of this.#pauses.keys()) this.#unpause(session_id)
    this.#emitter.clear()
    const error = new ColloquyError({ code: 'closed', detail: 'the client was closed before it was sent' })
    for (const sent of this.#entries) if (sent.status !== 'failed') sent.fail(error)
  }

  /** @param {KeptSend} kept */
  #load(kept) {
    const sent = new Sent(this, kept)
    if (sent.status !== 'failed' && this.#tooOld(sent)) sent.fail(tooOld())
    return sent
  }

  /** @param {Sent} sent */
  #tooOld({ triedAt }) {
    return triedAt !== null && this.#core.env.now() - triedAt > KEY_LIVES
  }

  #clear() {
    for (const control of this.#busy.values()) control.abort()
    for (const session_id of this.#pauses.keys()) this.#unpause(session_id)
    const error = new ColloquyError({ code: 'signed_out', detail: 'somebody else has logged in' })
    const entries = this.#entries
    this.#entries = []
    for (const sent of entries) if (sent.status !== 'failed') sent.fail(error)
  }

  /** @param {string} session_id */
  #next(session_id) {
    if (this.#closed || this.#held || this.#busy.has(session_id) || this.#pauses.get(session_id)?.on) return
    const sent = this.#entries.find((one) => one.session_id === session_id && one.status === 'waiting')
    if (!sent) return
    const taken = this.#takenBack().has(sent.key)
    if (!taken && !this.#tooOld(sent)) return void this.#post(sent)
    if (!taken) sent.fail(tooOld())
    this.#changed()
    this.#next(session_id)
  }

  /** @param {Sent} sent */
  async #post(sent) {
    const { session_id, content, reply, mentions, key } = sent
    const control = new AbortController()
    this.#busy.set(session_id, control)
    sent.status = 'sending'
    sent.triedAt ??= this.#core.env.now()
    this.#changed()
    try {
      const args = { session_id, content, ...(reply !== undefined && { reply }), ...(mentions !== undefined && { mentions }) }
      const posted = await this.#core.api.postMessage(args, { idempotencyKey: key, retries: 0, signal: control.signal })
      if (control.signal.aborted) return
      this.#pauses.delete(session_id)
      this.#remove(sent, () => sent.done(posted))
    } catch (error) {
      if (control.signal.aborted) return
      this.#failed(sent, error)
    } finally {
      if (this.#busy.get(session_id) === control) this.#busy.delete(session_id)
      this.#next(session_id)
    }
  }

  /**
   * @param {Sent} sent
   * @param {unknown} error
   */
  #failed(sent, error) {
    const known = error instanceof ColloquyError ? error : new ColloquyError({ code: 'failed', detail: String(error), cause: error })
    // Who is not logged in any more may be again: then it goes. A page of something in between is no refusal of the server's.
    const later = isPassing(known) || known.status === 401 || (known.status >= 400 && known.problem === null)
    if (later) {
      sent.status = 'waiting'
      this.#pause(sent.session_id, known.code === 'signed_out' ? Infinity : (known.retryAfter ?? 0))
    } else sent.fail(known)
    this.#changed()
  }

  /**
   * @param {string} session_id
   * @param {number} least seconds; without end: until `flush`
   */
  #pause(session_id, least) {
    const { env, options } = this.#core
    const pause = this.#pauses.get(session_id) ?? {
      backoff: new Backoff({ ...options.backoff, attempts: Infinity }, env.random),
      timer: null,
      on: true,
    }
    pause.on = true
    this.#pauses.set(session_id, pause)
    if (least === Infinity) return
    const wait = Math.max(pause.backoff.next() ?? 0, least * 1000)
    pause.timer = env.timers.setTimeout(() => {
      pause.on = false
      this.#next(session_id)
    }, wait)
  }

  /** @param {string} session_id */
  #unpause(session_id) {
    const pause = this.#pauses.get(session_id)
    if (!pause) return
    this.#core.env.timers.clearTimeout(pause.timer)
    pause.on = false
  }

  /**
   * @param {Sent} sent
   * @param {() => void} [before] listeners are told
   */
  #remove(sent, before) {
    this.#entries = this.#entries.filter((one) => one !== sent)
    before?.()
    this.#changed([sent.key])
  }

  /** @param {string[]} gone */
  #changed(gone = []) {
    const keys = this.#takenBack()
    // What is under way is left to its answer.
    const taken = this.#entries.filter(({ key, status }) => keys.has(key) && status !== 'sending')
    if (taken.length > 0) this.#entries = this.#entries.filter((sent) => !taken.includes(sent))
    if (this.#user !== null) this.#storage?.save(this.#user, this.#entries.map((sent) => sent.kept), gone)
    for (const sent of taken) sent.fail(discarded())
    this.#emitter.emit('change', this.#entries)
  }

  /** Keys of what was taken back, be it in another tab. */
  #takenBack() {
    return new Set(this.#user === null ? [] : this.#storage?.takenBack?.(this.#user))
  }
}

function tooOld() {
  return new ColloquyError({ code: 'too_old', detail: 'it may have been sent a day ago: look before it is tried again' })
}
