// REST calls: from an operation and its arguments to a request, from the answer to a value or a ColloquyError. Tries again where
// that cannot do a thing twice; gets a new token once when the present one is refused.

import { Backoff, BACKOFF } from './backoff.js'
import { ColloquyError, isPassing, refusal, unreachable } from './error.js'
import { sleep, uuid } from './environment.js'
import { operations } from './operations.js'
import { subjectOf } from './tokens.js'
import { uploadByXhr } from './upload.js'

/** @import { Api, Operation } from './operations.js' */
/** @import { Environment } from './environment.js' */
/** @import { Tokens } from './tokens.js' */

/**
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal]
 * @property {string} [idempotencyKey] made up when absent, where the operation takes one
 * @property {string | number} [ifMatch] the version that a change is meant for
 * @property {Record<string, string>} [headers]
 * @property {number} [retries] more attempts at the most; 0: none
 * @property {number} [timeout] milliseconds for the answer to begin; 0: no bound
 * @property {(progress: {loaded: number, total: number}) => void} [onProgress] of an upload
 */

/**
 * @typedef {object} RestParts
 * @property {Environment} env
 * @property {string} base with the scheme, without a slash at the end
 * @property {() => Tokens} tokens
 * @property {number} retries
 * @property {number} timeout
 */

/** @typedef {{url: string, method: string, headers: Record<string, string>, body: string | FormData | undefined}} Request */

/** Who a call is made as: told by the first token that says so. @typedef {{subject: string | null}} Caller */

/** The token goes into a header; cookies and redirects have no business here. */
const [OMIT, ERROR] = /** @type {const} */ (['omit', 'error'])
/** A wait that the server asked for and that is worth sitting out within a call. */
const PATIENCE = 10

export class Rest {
  #parts

  /** @param {RestParts} parts */
  constructor(parts) {
    this.#parts = parts
  }

  /** @returns {Api} */
  api() {
    /** @type {Record<string, (args?: any, options?: CallOptions) => Promise<any>>} */
    const api = {}
    for (const [name, operation] of Object.entries(operations)) {
      api[name] = (args, options) => this.call(name, operation, args ?? {}, options ?? {})
    }
    return /** @type {any} */ (Object.freeze(api))
  }

  /**
   * @param {string} name
   * @param {Operation} operation
   * @param {Record<string, unknown>} args
   * @param {CallOptions} options
   */
  async call(name, operation, args, options) {
    const request = this.#request(name, operation, args, options)
    const safe = operation.method === 'GET' || request.headers['Idempotency-Key'] !== undefined
    const backoff = new Backoff({ ...BACKOFF, attempts: options.retries ?? this.#parts.retries }, this.#parts.env.random)
    const caller = { subject: operation.anonymous ? null : subjectOf(this.#parts.tokens().pair?.access_token) }
    for (;;) {
      try {
        return await this.#authorized(request, operation, options, caller)
      } catch (error) {
        // What the rate limit refused was not begun, whatever it was.
        const known = error instanceof ColloquyError && isPassing(error) ? error : null
        const again = known !== null && (safe || known.status === 429) && !operation.anonymous
        const asked = known?.retryAfter ?? 0
        const wait = again && asked <= PATIENCE ? backoff.next() : null
        if (wait === null) throw error
        await sleep(this.#parts.env, Math.max(wait, asked * 1000), options.signal)
      }
    }
  }

  /**
   * @param {string} name
   * @param {Operation} operation
   * @param {Record<string, unknown>} args
   * @param {CallOptions} options
   */
  #request(name, operation, args, options) {
    const left = { ...args }
    const path = operation.path.replace(/\{(\w+)\}/g, (_, field) => {
      const value = left[field]
      delete left[field]
      if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError(`${name} needs ${field}`)
      // A dot alone would climb.
      return encodeURIComponent(value).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length))
    })
    const query = new URLSearchParams()
    for (const field of operation.query ?? []) {
      const value = left[field]
      if (value !== undefined && value !== null) query.set(field, String(value))
      delete left[field]
    }
    /** @type {Record<string, string>} */
    const headers = { Accept: operation.answer === 'response' ? '*/*' : 'application/json', ...options.headers }
    if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`
    if (operation.key) headers['Idempotency-Key'] = options.idempotencyKey ?? uuid()
    else if (options.idempotencyKey !== undefined) throw new TypeError(`${name} takes no idempotency key`)
    /** @type {string | FormData | undefined} */
    let body
    if (operation.body === 'json') {
      headers['Content-Type'] = 'application/json'
      body = JSON.stringify(left)
    } else if (operation.body === 'form') {
      body = form(name, left)
    } else {
      const [unknown] = Object.keys(left).filter((field) => left[field] !== undefined)
      if (unknown !== undefined) throw new TypeError(`${name} takes no ${unknown}`)
    }
    const search = query.size > 0 ? `?${query}` : ''
    return { url: `${this.#parts.base}/api${path}${search}`, method: operation.method, headers, body }
  }

  /**
   * @param {Request} request
   * @param {Operation} operation
   * @param {CallOptions} options
   * @param {Caller} caller
   */
  async #authorized(request, operation, options, caller) {
    if (operation.anonymous) return this.#once(request, operation, options, null)
    const tokens = this.#parts.tokens()
    const token = await tokens.get()
    if (token === null) throw signedOut()
    stillOf(caller, token)
    try {
      return await this.#once(request, operation, options, token)
    } catch (error) {
      if (!(error instanceof ColloquyError) || error.status !== 401 || error.problem === null) throw error
      tokens.reject(token)
      const next = await tokens.renew(token, 'rejected')
      if (next === null) throw error
      stillOf(caller, next)
      return this.#once(request, operation, options, next)
    }
  }

  /**
   * @param {Request} request
   * @param {Operation} operation
   * @param {CallOptions} options
   * @param {string | null} token
   */
  async #once({ url, method, headers, body }, operation, options, token) {
    const sent = token === null ? headers : { ...headers, Authorization: `Bearer ${token}` }
    if (operation.body === 'form' && options.onProgress && typeof globalThis.XMLHttpRequest === 'function') {
      return uploadByXhr({ url, method, headers: sent, body: /** @type {FormData} */ (body), signal: options.signal, onProgress: options.onProgress })
    }
    const bound = options.timeout ?? (operation.body === 'form' ? 0 : this.#parts.timeout)
    return this.#bounded(bound, options.signal, async (signal) => {
      const init = { method, headers: sent, body, signal, credentials: OMIT, redirect: ERROR }
      const response = await this.#parts.env.fetch(url, init)
      if (!response.ok) throw await refusal(response)
      if (operation.answer === 'response') return response
      return operation.answer === 'nothing' || response.status === 204 ? undefined : response.json()
    })
  }

  /**
   * Bounds the time of a request. What fails without an answer is a network error; a caller's own abort rejects with the caller's
   * reason.
   * @template T
   * @param {number} ms 0: no bound
   * @param {AbortSignal | undefined} given
   * @param {(signal: AbortSignal | undefined) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #bounded(ms, given, work) {
    given?.throwIfAborted()
    const { timers } = this.#parts.env
    const control = new AbortController()
    const timer = ms > 0 ? timers.setTimeout(() => control.abort(), ms) : null
    try {
      return await work(given ? AbortSignal.any([given, control.signal]) : control.signal)
    } catch (error) {
      if (given?.aborted) throw given.reason
      throw error instanceof ColloquyError ? error : unreachable(error)
    } finally {
      if (timer !== null) timers.clearTimeout(timer)
    }
  }
}

export function signedOut(detail = 'nobody is logged in') {
  return new ColloquyError({ status: 401, code: 'signed_out', detail })
}

/**
 * What one person began is not done as another one, who has logged in meanwhile.
 * @param {Caller} caller
 * @param {string} token
 */
function stillOf(caller, token) {
  const subject = subjectOf(token)
  caller.subject ??= subject
  if (subject !== caller.subject) throw signedOut('somebody else has logged in')
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} fields
 */
function form(name, { file, filename, ...rest }) {
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw new TypeError(`${name} takes no ${unknown}`)
  if (!(file instanceof Blob)) throw new TypeError(`${name} needs a file: a File or a Blob`)
  const called = filename ?? /** @type {{name?: unknown}} */ (file).name
  const body = new FormData()
  if (typeof called === 'string') body.set('file', file, called)
  else body.set('file', file)
  return body
}
