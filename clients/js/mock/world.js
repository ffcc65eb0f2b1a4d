// Everything the mock server holds: people and their tokens, bots, sessions, messages, answers, documents, notifications,
// one stream for each bot and each person, and the open sockets. What is done with it is in the modules of each feature.

import { Live } from './live.js'
import { badToken, notFound, roleNeeded, unauthenticated } from './problems.js'
import { Stream } from './stream.js'

/** @typedef {import('./types.js').Access} Access */
/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Happened} Happened */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').MockOptions} MockOptions */
/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./event_stream.js').EventStream} EventStream */
/** @typedef {import('./peer.js').Peer} Peer */

/** @type {readonly Role[]} */
export const ROLES = ['viewer', 'editor', 'owner']
/** Happenings that are kept. */
const KEPT = 5_000

export class World {
  /** @type {Map<string, User>} */
  users = new Map()
  /** @type {Map<string, Access>} */
  tokens = new Map()
  /** By refresh token: its family, and the pair it was already exchanged for.
   * @type {Map<string, {user_id: string, family: string, next: Json | null, used: boolean}>} */
  refreshes = new Map()
  /** @type {Map<string, {user_id: string, expires_at: number, access: Access}>} */
  tickets = new Map()
  /** @type {Map<string, Bot>} */
  bots = new Map()
  /** @type {Map<string, Session>} */
  sessions = new Map()
  /** By session, oldest first.
   * @type {Map<string, Message[]>} */
  messages = new Map()
  /** @type {Map<string, Answer>} */
  answers = new Map()
  /** @type {Map<string, Json>} */
  documents = new Map()
  /** Read markers: by session, then by person.
   * @type {Map<string, Map<string, string>>} */
  read = new Map()
  /** Newest first, by person.
   * @type {Map<string, Notification[]>} */
  notifications = new Map()
  /** Answers under idempotency keys.
   * @type {Map<string, {body: string, status: number, answer: any}>} */
  keys = new Map()
  /** Open sockets and event streams. @type {Set<Peer | EventStream>} */
  peers = new Set()
  /** @type {Happened[]} */
  history = []
  /** Nothing gets through while it is set. */
  offline = false
  /** Sockets stay open and nothing passes either way while it is set. */
  deaf = false
  /** As proxies do that know no WebSockets. */
  refusesUpgrades = false
  epoch = 'mock1'
  /** @type {Map<string, Stream>} */
  #streams = new Map()
  #ids = 0
  /** @type {Set<ReturnType<typeof setTimeout>>} */
  #timers = new Set()
  /** What a cut of the network ends. @type {Set<() => void>} */
  #cuts = new Set()

  /** @param {MockOptions} options */
  constructor(options) {
    this.url = (options.url ?? 'http://colloquy.test').replace(/\/$/, '')
    this.accessToken = options.accessToken ?? 15 * 60_000
    this.replayLimit = options.replayLimit ?? 2_000
    this.latency = options.latency ?? 0
    this.socketsPerUser = options.socketsPerUser ?? 64
    this.grace = options.grace ?? 3_000
    this.pace = options.pace ?? 12
    this.responder = options.responder ?? (() => 'The documents hold nothing on this.')
    this.now = options.now ?? Date.now
    this.live = new Live(this)
  }

  // ---- small things

  /** Ids look like the server's and are the same in every run: version 7, rising. */
  id() {
    this.#ids += 1
    return `01900000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`
  }

  /** A time as the server writes it. Microseconds are made up, so that two are never the same. */
  time(at = this.now()) {
    this.#ids += 1
    return `${new Date(at).toISOString().slice(0, -1)}${(this.#ids % 1000).toString().padStart(3, '0')}Z`
  }

  /**
   * Runs something later. Timers die with `stop`; those that nobody waits for do not keep a process alive.
   * @param {() => void} then
   * @param {number} ms
   * @param {{keep?: boolean}} [how]
   * @returns {() => void} takes it back
   */
  later(then, ms, { keep = false } = {}) {
    // Longer than a timer can be: years, in tests of frontends.
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      then()
    }, Math.min(ms, 2 ** 31 - 1))
    if (!keep) /** @type {any} */ (timer).unref?.()
    this.#timers.add(timer)
    return () => {
      clearTimeout(timer)
      this.#timers.delete(timer)
    }
  }

  /** Ends every connection, as a cable that is pulled. */
  cut() {
    for (const end of [...this.#cuts]) end()
  }

  /** @param {() => void} end @returns {() => void} */
  whenCut(end) {
    this.#cuts.add(end)
    return () => this.#cuts.delete(end)
  }

  stop() {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  /** @param {any} what */
  happened(what) {
    this.history.push({ at: this.now(), ...what })
    if (this.history.length > KEPT) this.history.shift()
  }

  // ---- streams

  /** @param {string} id of a bot or a person */
  stream(id) {
    let stream = this.#streams.get(id)
    if (!stream) this.#streams.set(id, (stream = new Stream(this.epoch)))
    return stream
  }

  /** A life begins: as after a restore from a backup. Numbers go on from what is there. */
  newEpoch() {
    this.epoch = `mock${this.id().slice(-6)}`
    for (const stream of this.#streams.values()) stream.epoch = this.epoch
  }

  /**
   * Records an event of a bot.
   * @param {Bot} bot
   * @param {string} type
   * @param {Json} data
   * @param {string | null} [privateTo]
   */
  record(bot, type, data, privateTo = null) {
    return this.stream(bot.id).record({ type, bot_id: bot.id, id: this.id(), data, timestamp: this.time() }, privateTo)
  }

  // ---- who may

  /** @param {string | undefined} name */
  userNamed(name) {
    const wanted = name?.normalize('NFKC').toLowerCase()
    return [...this.users.values()].find((user) => user.username.normalize('NFKC').toLowerCase() === wanted)
  }

  /**
   * The person of a bearer token.
   * @param {string | undefined | null} token
   * @returns {Access}
   */
  authenticate(token) {
    if (!token) throw unauthenticated()
    const access = this.tokens.get(token)
    if (!access || access.withdrawn || access.expires_at <= this.now()) throw badToken()
    if (this.users.get(access.user_id)?.disabled !== false) throw badToken()
    return access
  }

  /**
   * @param {Bot} bot
   * @param {string} user
   * @returns {Role | null}
   */
  roleOn(bot, user) {
    const grant = bot.grants.get(user)
    if (!grant || (grant.expires_at && Date.parse(grant.expires_at) <= this.now())) return null
    return grant.role
  }

  /**
   * The bot, if the person has at least this role on it.
   * @param {string} user
   * @param {string} id
   * @param {Role} [needed]
   * @returns {Bot}
   */
  bot(user, id, needed = 'viewer') {
    const bot = this.bots.get(id)
    const role = bot && !bot.deleted ? this.roleOn(bot, user) : null
    if (!bot || !role || (bot.suspended && role !== 'owner')) throw notFound('bot')
    if (ROLES.indexOf(role) < ROLES.indexOf(needed)) throw roleNeeded(needed)
    return bot
  }

  /**
   * The session, if the person may read it.
   * @param {string} user
   * @param {string} id
   * @returns {{session: Session, bot: Bot, role: Role}}
   */
  session(user, id) {
    const session = this.sessions.get(id)
    const bot = session && this.bots.get(session.bot_id)
    const role = bot && !bot.deleted && !bot.suspended ? this.roleOn(bot, user) : null
    if (!session || !bot || !role || (session.visibility === 'private' && session.created_by !== user)) throw notFound('session')
    return { session, bot, role }
  }

  /**
   * The message and where it is, if the person may read it.
   * @param {string} user
   * @param {string} id
   */
  message(user, id) {
    for (const [session_id, messages] of this.messages) {
      const message = messages.find((one) => one.id === id)
      if (!message) continue
      try {
        return { message, ...this.session(user, session_id) }
      } catch {
        throw notFound('message')
      }
    }
    throw notFound('message')
  }

  /** Whom a session's private events are for. @param {Session} session */
  static privateTo(session) {
    return session.visibility === 'private' ? session.created_by : null
  }
}
