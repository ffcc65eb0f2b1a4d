// From a request to its answer: who asks, what for, the answer of a handler or a refusal; repeats under an idempotency
// key; the waiting poll and Server-Sent Events. What carries it (fetch, or a Node server) is not known here.

import { EventStream } from './event_stream.js'
import { invalid, notFound, Problem, unauthenticated } from './problems.js'
import { limitOf, notMocked, routes } from './routes.js'

/** @typedef {import('./routes.js').Answer} Answer */
/** @typedef {import('./routes.js').Call} Call */
/** @typedef {import('./routes.js').Route} Route */
/** @typedef {import('./types.js').Access} Access */
/** @typedef {import('./world.js').World} World */

/** @typedef {{method: string, url: URL, header(name: string): string | null, body: () => Promise<{json?: any, file?: Call['file'], raw: string}>, signal?: AbortSignal | null}} Request */
/** @typedef {{status: number, headers: Record<string, string>, body: string | Uint8Array | null | StreamBody}} Reply */
/** A body that goes on: `start` is given where to write, and gives what ends it. */
/** @typedef {{start(write: (text: string) => void, end: () => void): () => void}} StreamBody */

const EVENTS = /^\/api\/bots\/([^/]+)\/events(\/stream)?$/

export class Http {
  #world
  #routes = routes()
  /** @type {Array<{matches: (request: {method: string, path: string}) => boolean, left: number, problem: Problem}>} */
  #failures = []

  /** @param {World} world */
  constructor(world) {
    this.#world = world
  }

  /** A route of the test's own, before all others. @param {Route} route */
  route(route) {
    this.#routes.unshift(route)
  }

  /** The next requests that match fail. @param {(request: {method: string, path: string}) => boolean} matches @param {number} times @param {Problem} problem */
  fail(matches, times, problem) {
    this.#failures.push({ matches, left: times, problem })
  }

  /** @param {Request} request @returns {Promise<Reply>} */
  async serve(request) {
    const { method, url } = request
    const world = this.#world
    /** @type {string | null} */
    let username = null
    /** @type {Reply} */
    let reply
    try {
      const failing = this.#failures.find(({ matches, left }) => left > 0 && matches({ method, path: url.pathname }))
      if (failing) {
        failing.left -= 1
        throw failing.problem
      }
      reply = await this.#answer(request, (name) => (username = name))
    } catch (error) {
      reply = refusal(world, error)
    }
    world.happened({ kind: 'request', method, path: url.pathname, status: reply.status, username })
    return reply
  }

  /** @param {Request} request @param {(username: string) => void} identified @returns {Promise<Reply>} */
  async #answer(request, identified) {
    const { method, url, header } = request
    const events = method === 'GET' ? EVENTS.exec(url.pathname) : null
    if (url.pathname === '/health/live' || url.pathname === '/health/ready') return json(200, { status: 'ok' })
    if (!url.pathname.startsWith('/api/')) throw notFound('page')
    const route = this.#routes.find((one) => one.method === method && one.pattern.test(url.pathname))
    if (!events && !route) {
      const unmocked = notMocked(method, url.pathname)
      if (unmocked) throw unmocked
      if (this.#routes.some((one) => one.pattern.test(url.pathname))) throw new Problem(405, 'method_not_allowed', 'This path does not take that method.')
      throw notFound('page')
    }
    const access = route?.handler.open ? null : this.#world.authenticate(bearer(header('authorization')))
    const user = access ? this.#world.users.get(access.user_id) : undefined
    if (user) identified(user.username)
    if (events && access) return events[2] ? this.#stream(request, access, events[1]) : this.#poll(request, access.user_id, events[1])
    const { json: parsed, file, raw } = await request.body()
    const path = route?.pattern.exec(url.pathname)?.groups ?? {}
    const call = /** @type {Call} */ ({ world: this.#world, user, access, path, query: url.searchParams, body: parsed ?? {}, file, header })
    const key = route?.handler.keyed ? header('idempotency-key') : null
    if (route && key) return this.#once(route, call, `${user?.id} ${method} ${url.pathname} ${key}`, file ? `${file.name} ${file.bytes}` : raw)
    return told(await /** @type {Route} */ (route).handler.run(call))
  }

  /** The same answer for the same key. @param {Route} route @param {Call} call @param {string} key @param {string} body @returns {Promise<Reply>} */
  async #once(route, call, key, body) {
    route.handler.keyed?.(call)
    const before = this.#world.keys.get(key)
    if (before) {
      if (before.body !== body) {
        const errors = [{ field: 'Idempotency-Key', message: 'was used for another request before' }]
        throw new Problem(422, 'idempotency_mismatch', 'This idempotency key was used with another body.', { errors })
      }
      const reply = json(before.status, before.answer)
      reply.headers['idempotency-replayed'] = 'true'
      return reply
    }
    const { status = 200, body: answer } = await route.handler.run(call)
    this.#world.keys.set(key, { body, status, answer })
    return json(status, answer)
  }

  /** @param {Request} request @param {string} user @param {string} id @returns {Promise<Reply>} */
  async #poll({ url, signal }, user, id) {
    const world = this.#world
    const { query, since, epoch } = range(url)
    const limit = limitOf(query)
    const wait = Number(query.get('wait') ?? 0)
    if (!(wait >= 0 && wait <= 30)) throw invalid(['wait', 'must be a number from 0 to 30'])
    const look = () => world.stream(world.bot(user, id).id).page(user, since === undefined ? 0 : since, epoch, limit)
    const page = look()
    if (page.events.length || !page.complete || wait === 0) return json(200, page)
    await new Promise((woken) => {
      const { listeners } = world.stream(id)
      const wake = () => {
        listeners.delete(wake)
        cancel()
        // What was recorded has its consequences first: a revocation is followed by the loss of the role.
        queueMicrotask(() => woken(undefined))
      }
      const cancel = world.later(wake, wait * 1000)
      listeners.add(wake)
      signal?.addEventListener('abort', wake)
    })
    return json(200, look())
  }

  /** @param {Request} request @param {Access} access @param {string} id @returns {Promise<Reply>} */
  async #stream({ url, header }, access, id) {
    const world = this.#world
    world.bot(access.user_id, id)
    const { since, epoch } = range(url)
    const last = header('last-event-id')
    // One that cannot be read counts as another life.
    const [, life, seq] = last ? (/^([^:]+):(\d+)$/.exec(last) ?? ['', 'none', '0']) : []
    const from = last ? { since: Number(seq), epoch: life } : since === undefined ? null : { since, epoch }
    /** @type {StreamBody} */
    const body = {
      start(write, end) {
        const stream = new EventStream(world, access, id, from, write, end)
        return () => stream.gone()
      },
    }
    return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' }, body }
  }
}

/** @param {URL} url */
function range(url) {
  const query = url.searchParams
  const text = query.get('since')
  const since = text === null ? undefined : /^\d+$/.test(text) ? Number(text) : null
  return { query, since, epoch: query.get('epoch') ?? undefined }
}

/** @param {string | null} header */
function bearer(header) {
  const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1]
  if (!token) throw unauthenticated()
  return token
}

/** @param {Answer} answer @returns {Reply} */
function told({ status = 200, body, binary }) {
  if (!binary) return json(status, body)
  const headers = { 'content-type': binary.type, 'content-disposition': `attachment; filename="${encodeURIComponent(binary.filename)}"` }
  return { status, headers, body: binary.bytes }
}

/** @param {number} status @param {any} body @returns {Reply} */
function json(status, body) {
  if (body === undefined) return { status, headers: {}, body: null }
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) }
}

/** @param {World} world @param {unknown} error @returns {Reply} */
function refusal(world, error) {
  const problem = error instanceof Problem ? error : new Problem(500, 'internal_error', `The mock server failed: ${error}`)
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/problem+json' }
  if (problem.status === 429 || problem.status === 503) headers['retry-after'] = String(problem.more.retry_after ?? 1)
  return { status: problem.status, headers, body: JSON.stringify(problem.body(world.id())) }
}
