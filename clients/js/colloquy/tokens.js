// The log-in: which access token holds now, and how a new one is got. At most one is being got at a time, in all tabs where the
// browser has locks. A refusal by the server ends the log-in; a server that cannot be reached does not.

import { ColloquyError, isPassing } from './error.js'

/** @import { Timers } from './environment.js' */
/** @import { TokenPair, TokenStorage } from './storage.js' */

/** @typedef {'missing' | 'rejected' | 'expiring'} TokenReason */

/**
 * @typedef {object} TokensParts
 * @property {TokenPair | undefined} tokens
 * @property {((asked: {reason: TokenReason}) => Promise<string | null> | string | null) | undefined} getToken
 * @property {TokenStorage | undefined} storage
 * @property {Timers} timers
 * @property {(refresh_token: string) => Promise<TokenPair>} refresh
 * @property {(pair: TokenPair | null) => void} changed
 * @property {(reason: string) => void} lost there was a log-in, and it is over
 */

/** What may stand in a header and in a subprotocol. Of anything else the browser would complain aloud, with the token in its words. */
const TOKEN = /^[\w.~+-]+$/
/** How late a tab may see what another one stored. */
const LATE = 1_000

export class Tokens {
  #parts
  /** @type {TokenPair | null} */
  #pair = null
  /** The access token that the client was told of: another one in the storage is news. @type {string | null} */
  #told = null
  /** A token that the server has refused. @type {string | null} */
  #bad = null
  /** @type {Promise<string | null> | null} */
  #getting = null
  #unwatch
  /** Counts log-ins and log-outs: what was being got for an earlier one is worth nothing. */
  #life = 0

  /** @param {TokensParts} parts */
  constructor(parts) {
    this.#parts = parts
    if (parts.tokens) {
      check(parts.tokens, 'tokens')
      this.#store(parts.tokens)
    } else this.#told = this.pair?.access_token ?? null
    this.#unwatch = parts.storage?.watch?.(() => void this.#news()) ?? (() => {})
  }

  /** The pair that holds, also when another tab has put it there. */
  get pair() {
    const { storage } = this.#parts
    if (storage) {
      const kept = storage.get()
      // Something else may have been put there.
      this.#pair = kept !== null && TOKEN.test(kept.access_token) ? kept : null
    }
    return this.#pair
  }

  /** Whether there is anything to try. */
  get any() {
    return this.#parts.getToken !== undefined || this.pair !== null
  }

  /** A token worth trying, or null: signed out. Rejects when it cannot be told now. */
  async get() {
    const token = this.#news()?.access_token ?? null
    if (token !== null && token !== this.#bad) return token
    return this.renew(token, token === null ? 'missing' : 'rejected')
  }

  /**
   * The server has refused this one.
   * @param {string} token
   */
  reject(token) {
    this.#bad = token
  }

  /**
   * Another token than `used`, or null: signed out, or there will be none before this one has ended. Rejects when it cannot be told
   * now.
   * @param {string | null} used
   * @param {TokenReason} reason
   * @returns {Promise<string | null>}
   */
  renew(used, reason) {
    const now = this.#news()?.access_token
    if (now && now !== used && now !== this.#bad) return Promise.resolve(now)
    this.#getting ??= this.#obtain(used, reason).finally(() => {
      this.#getting = null
    })
    return this.#getting
  }

  /** @param {TokenPair | null} pair */
  set(pair) {
    this.#life += 1
    this.#bad = null
    this.#store(pair)
    this.#parts.changed(pair)
  }

  close() {
    this.#unwatch()
  }

  /**
   * @param {string | null} used
   * @param {TokenReason} reason
   */
  async #obtain(used, reason) {
    const { getToken } = this.#parts
    if (getToken) return this.#ask(getToken, reason)
    if (this.#news() === null) return null
    return this.#locked(async () => {
      // Whoever held the lock before may have done it.
      const pair = this.#news()
      if (pair === null) return null
      if (pair.access_token !== used && pair.access_token !== this.#bad) return pair.access_token
      return this.#refresh(pair, reason)
    })
  }

  /**
   * @param {NonNullable<TokensParts['getToken']>} getToken
   * @param {TokenReason} reason
   */
  async #ask(getToken, reason) {
    const life = this.#life
    let token
    try {
      token = await getToken({ reason })
    } catch (cause) {
      throw new ColloquyError({ code: 'network', detail: 'no token could be got', cause })
    }
    if (life !== this.#life) return this.#news()?.access_token ?? null
    if (token === null || token === undefined) {
      this.#lose('no_token')
      return null
    }
    check({ access_token: token }, 'getToken')
    const changed = token !== this.#pair?.access_token
    this.#store({ access_token: token })
    if (changed) this.#parts.changed(this.#pair)
    return token
  }

  /**
   * @param {TokenPair} pair
   * @param {TokenReason} reason
   */
  async #refresh(pair, reason) {
    if (!pair.refresh_token) {
      // It holds until the server says otherwise.
      if (reason !== 'expiring') this.#lose('expired')
      return null
    }
    const life = this.#life
    let next
    try {
      next = await this.#parts.refresh(pair.refresh_token)
    } catch (error) {
      if (life !== this.#life) return this.#news()?.access_token ?? null
      // Only the server itself can end a log-in: not a network, and no proxy's page.
      if (!(error instanceof ColloquyError) || isPassing(error) || error.problem === null) throw error
      // Another tab may have been faster; a browser may show what it stored a moment later than the lock it gave up.
      await this.#later(pair)
      const now = this.#news()
      if (now !== null && now.refresh_token !== pair.refresh_token) return now.access_token
      if (life !== this.#life) return null
      this.#lose('refused')
      return null
    }
    if (life !== this.#life) return this.#news()?.access_token ?? null
    this.#store({ access_token: next.access_token, refresh_token: next.refresh_token ?? pair.refresh_token })
    this.#parts.changed(this.#pair)
    return next.access_token
  }

  /**
   * Waits a moment for what somebody else stored in place of this one.
   * @param {TokenPair} old
   */
  async #later(old) {
    const { storage, timers } = this.#parts
    const now = this.pair
    if (!storage?.watch || (now !== null && now.refresh_token !== old.refresh_token)) return
    let heard = () => {}
    const change = new Promise((resolve) => (heard = () => resolve(undefined)))
    const unwatch = storage.watch(heard)
    const timer = timers.setTimeout(heard, LATE)
    await change
    timers.clearTimeout(timer)
    unwatch()
  }

  /**
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #locked(work) {
    const { storage } = this.#parts
    const locks = globalThis.navigator?.locks
    if (!storage?.name || !locks) return work()
    return /** @type {Promise<T>} */ (locks.request(`${storage.name}.refresh`, work))
  }

  /** @param {TokenPair | null} pair */
  #store(pair) {
    this.#pair = pair
    this.#told = pair?.access_token ?? null
    this.#parts.storage?.set(pair)
  }

  /** @param {string} reason */
  #lose(reason) {
    const had = this.#told !== null || this.#parts.getToken !== undefined
    this.#store(null)
    if (had) this.#parts.lost(reason)
  }

  /**
   * The pair that holds. What another tab has put there is told first: nobody is to get a token of somebody that they know
   * nothing of.
   */
  #news() {
    const now = this.pair
    const token = now?.access_token ?? null
    if (token !== this.#told) {
      this.#told = token
      this.#life += 1
      if (now !== null) this.#parts.changed(now)
      else this.#parts.lost('elsewhere')
    }
    return now
  }
}

/**
 * @param {TokenPair} pair
 * @param {string} from
 */
function check({ access_token }, from) {
  if (typeof access_token !== 'string' || !TOKEN.test(access_token)) throw new TypeError(`${from}: that is no access token`)
}

/**
 * Whose token it is, as it says itself: good for telling people apart, for nothing else. Null if it does not say.
 * @param {string | null | undefined} token
 * @returns {string | null}
 */
export function subjectOf(token) {
  try {
    const payload = String(token).split('.')[1].replaceAll('-', '+').replaceAll('_', '/')
    const { sub } = JSON.parse(atob(payload))
    return typeof sub === 'string' ? sub : null
  } catch {
    return null
  }
}
