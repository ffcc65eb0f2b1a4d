// What a script does to connections, tokens and the server as a whole, and what it can look back on. The three fields are
// what a client takes as options; everything else stays off them, so that `{ ...mock }` is just these.

import { endFamily } from './accounts.js'
import { fetchOf } from './fetch.js'
import { Http } from './http.js'
import { Problem } from './problems.js'
import { webSocketOf } from './websocket.js'
import { World } from './world.js'

/** @typedef {import('./types.js').Happened} Happened */
/** @typedef {import('./types.js').MockOptions} MockOptions */
/** @typedef {import('./types.js').MockPerson} MockPerson */

export class Network {
  #world
  #http
  /** @type {Set<{close(): Promise<void>}>} */
  #listening = new Set()
  /** Where it says it is. */
  url
  /** @type {typeof globalThis.fetch} */
  fetch
  /** A class of sockets. @type {any} */
  WebSocket

  /** @param {MockOptions} [options] */
  constructor(options = {}) {
    this.#world = new World(options)
    this.#http = new Http(this.#world)
    this.url = this.#world.url
    this.fetch = fetchOf(this.#world, this.#http)
    this.WebSocket = webSocketOf(this.#world)
  }

  /** Everything inside, for what the script has no word for. */
  get world() {
    return this.#world
  }

  /** What happened, oldest first: requests, sockets, frames. @returns {readonly Happened[]} */
  get history() {
    return this.#world.history
  }

  /** The requests of it. @returns {Array<Extract<Happened, {kind: 'request'}>>} */
  get requests() {
    return /** @type {any} */ (this.#world.history.filter(({ kind }) => kind === 'request'))
  }

  /** Sockets that are open. */
  get sockets() {
    return [...this.#world.peers].filter(({ kind }) => kind !== 'stream').length
  }

  // ---- the network

  /** Every connection breaks, as by a cable that is pulled; new ones work. */
  drop() {
    this.#world.cut()
  }

  /** The network goes away: what is open breaks, what is tried fails. */
  offline() {
    this.#world.offline = true
    this.#world.cut()
  }

  /** The network is back, and sockets are heard again. */
  online() {
    Object.assign(this.#world, { offline: false, deaf: false, refusesUpgrades: false })
  }

  /** Half-open: sockets stay open and nothing passes any more. */
  silence() {
    this.#world.deaf = true
  }

  /** As behind a proxy that knows no WebSockets: none can be opened; those that are open break. */
  blockSockets() {
    this.#world.refusesUpgrades = true
    this.#world.cut()
  }

  /**
   * The server closes sockets with a code, all or those of one person.
   * @param {number} code
   * @param {{person?: {id: string}}} [whose]
   */
  close(code, { person } = {}) {
    for (const peer of [...this.#world.peers]) if (!person || peer.user_id === person.id) peer.close(code)
  }

  /**
   * The next requests that match are refused.
   * @param {{method?: string, path?: string | RegExp, status?: number, code?: string, detail?: string, times?: number, retry_after?: number}} [what]
   */
  fail({ method, path, status = 503, code = 'unavailable', detail = 'Not possible just now; try again shortly.', times = 1, retry_after } = {}) {
    const problem = new Problem(status, code, detail, retry_after === undefined ? {} : { retry_after })
    this.#http.fail((asked) => (!method || asked.method === method) && (!path || (typeof path === 'string' ? asked.path === path : path.test(asked.path))), times, problem)
  }

  /**
   * A route of the test's own, before all others; `path` is below /api, with `{names}` in it.
   * @param {string} method
   * @param {string} path
   * @param {(call: import('./routes.js').Call) => import('./routes.js').Answer | Promise<import('./routes.js').Answer>} run
   */
  route(method, path, run) {
    const pattern = new RegExp(`^/api${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    this.#http.route({ method, pattern, handler: { run } })
  }

  // ---- tokens

  /** A person's access tokens reach their end now: 4001, 401; refreshing works. @param {{id: string}} person */
  expireTokens({ id }) {
    for (const access of this.#world.tokens.values()) if (access.user_id === id) access.expires_at = this.#world.now()
    for (const peer of [...this.#world.peers]) if (peer.user_id === id) peer.close(4001)
  }

  /** A person is logged out everywhere: 4001, and refreshing is refused. @param {{id: string}} person */
  logOut({ id }) {
    const families = new Set([...this.#world.tokens.values()].filter(({ user_id }) => user_id === id).map(({ family }) => family))
    for (const family of families) endFamily(this.#world, family)
  }

  // ---- the log of events

  /**
   * Retention: events of a bot up to this number (all, if none is named) are no longer kept, so that a replay from before
   * is answered with `complete: false`.
   * @param {string | {id: string}} bot
   * @param {number} [seq]
   */
  forget(bot, seq) {
    const stream = this.#world.stream(typeof bot === 'string' ? bot : bot.id)
    stream.forget(seq ?? stream.head)
  }

  /** As after a restore from a backup: sockets are told 1001, and no `since` of before is replayed. */
  newEpoch() {
    this.#world.newEpoch()
    this.close(1001)
  }

  // ---- its own life

  /**
   * On a real port; Node only, with the package `ws`.
   * @param {{port?: number, host?: string}} [where]
   */
  async listen(where = {}) {
    const { listen } = await import('./listen.js')
    const server = await listen(this.#world, this.#http, where)
    this.#listening.add(server)
    return server
  }

  /** Sockets are told 1001, timers end, ports are closed. */
  async stop() {
    this.close(1001)
    this.#world.stop()
    await Promise.all([...this.#listening].map((server) => server.close()))
    this.#listening.clear()
  }
}
