// The client: what users hold. It puts the parts together and does little itself.

import { Batch } from './batch.js'
import { Connection } from './connection.js'
import { Emitter } from './emitter.js'
import { environment } from './environment.js'
import { ColloquyError } from './error.js'
import { settingsOf } from './options.js'
import { Outbox } from './outbox.js'
import { Rest } from './rest.js'
import { Watched } from './state/index.js'
import { SharedSockets, canShare } from './tabs/tabs.js'
import { Tokens, subjectOf } from './tokens.js'

/** @import { Channel } from './channel.js' */
/** @import { Core } from './core.js' */
/** @import { ClientEvents } from './events.js' */
/** @import { Options } from './options.js' */
/** @import { SendOptions } from './outbox.js' */
/** @import { Sent } from './sent.js' */
/** @import { TokenPair } from './storage.js' */
/** @import { SignedIn, User } from './schema.js' */

export class Colloquy {
  /** Every REST call, by its name in openapi.yaml. */
  api
  /** Messages on their way out. @type {Outbox} */
  outbox
  #core
  #emitter = new Emitter((error, type) => this.#report(error, `listener of ${type}`))
  #connection
  #watched
  /** @type {User | null} */
  #user = null
  /** @type {number | null} */
  #latency = null
  /** @type {string | null} */
  #subject
  #taps = 0
  /** It was told that the log-in is over. */
  #out = false
  /** A log-out is under way: a new token is for that alone. */
  #leaving = false
  #unwatch
  #closed = false
  #told = /** @type {string | null} */ (null)

  /** @param {Options} [options] */
  constructor(options = {}) {
    const { settings, base, outbox, batch, warning } = settingsOf(options)
    const env = environment(options)
    const tokens = new Tokens({
      tokens: options.tokens,
      getToken: options.getToken,
      storage: options.storage,
      timers: env.timers,
      refresh: (refresh_token) => this.api.refresh({ refresh_token }),
      changed: (pair) => this.#tokens(pair),
      lost: (reason) => this.#lost(reason),
    })
    const rest = new Rest({ env, base, tokens: () => tokens, retries: 3, timeout: 30_000 })
    this.api = rest.api()
    this.#core = /** @type {Core} */ ({
      env,
      options: settings,
      httpBase: base,
      socketBase: base.replace(/^http/, 'ws'),
      tokens,
      rest,
      api: this.api,
      batch: new Batch(env, batch ?? env.page.frames, (error) => this.#report(error, 'handing out')),
      shared: null,
      tapped: false,
      tap: (direction, label, frame, text) => this.#tap(direction, label, frame, text),
      report: (error, during) => this.#report(error, during),
      latency: (ms) => this.#measured(ms),
      signOut: (reason) => {
        if (tokens.pair !== null && !options.getToken) tokens.set(null)
        this.#lost(reason)
      },
    })
    this.#subject = subjectOf(tokens.pair?.access_token)
    this.outbox = new Outbox(this.#core, outbox)
    this.outbox.on((entries) => this.#emitter.emit('outbox', entries))
    if (options.shareTabs && settings.mode === 'shared' && canShare()) this.#core.shared = new SharedSockets(this.#core)
    this.#connection = new Connection(this.#core, (event) => this.#changed(event))
    this.#unwatch = env.page.watch(
      () => {
        this.#connection.wake()
        this.outbox.flush()
      },
      () => this.#connection.check(),
    )
    this.outbox.belongsTo(this.#subject)
    this.#watched = this.#watching()
    if (warning) queueMicrotask(() => this.#report(new Error(warning), 'starting'))
  }

  /** `closed`, `connecting`, `open` or `reconnecting`. */
  get state() {
    return this.#connection.state
  }

  /** Milliseconds there and back, or null while that is not known. */
  get latency() {
    return this.#latency
  }

  /** `websocket`, `sse` or `poll`; null while nothing is open. */
  get transport() {
    return this.#connection.transport
  }

  /** Who is logged in, once that was told: after `logIn`, `register` or `whoAmI`. */
  get user() {
    return this.#user
  }

  /** Whether there is a log-in to try. */
  get signedIn() {
    return this.#core.tokens.any
  }

  /**
   * Listens to what concerns the client as a whole.
   * @template {keyof ClientEvents} K
   * @overload
   * @param {K} type
   * @param {(value: ClientEvents[K]) => unknown} fn
   * @returns {() => void}
   */
  /**
   * @overload
   * @param {string} type
   * @param {(value: any) => unknown} fn
   * @returns {() => void}
   */
  /**
   * @param {string} type
   * @param {(value: any) => unknown} fn
   */
  on(type, fn) {
    const off = this.#emitter.on(type, fn)
    if (type !== 'frame') return off
    // Looking at frames costs something: only for as long as somebody does.
    this.#taps += 1
    this.#core.tapped = true
    let on = true
    return () => {
      off()
      if (on) this.#taps -= 1
      on = false
      this.#core.tapped = this.#taps > 0
    }
  }

  /** @param {{username: string, password: string}} who */
  async logIn(who) {
    return this.#signedIn(await this.api.login(who))
  }

  /** @param {{username: string, password: string, email?: string, setup_code?: string}} who */
  async register(who) {
    return this.#signedIn(await this.api.register(who))
  }

  /**
   * Ends this log-in, or all of this person's. Here it is over, whatever the server says; that the others go on is told by a rejection.
   * @param {{all?: boolean}} [how]
   */
  async logOut({ all = false } = {}) {
    // The server closes its sockets with 4001: nobody is to ask for a new token then.
    this.#connection.stop('signed_out')
    this.#leaving = true
    this.outbox.hold(true)
    try {
      const refused = await this.api.logout({ all }, { retries: 0 }).then(() => null, (error) => error)
      this.#core.tokens.set(null)
      this.#lost('logged_out')
      if (refused && (all || !(refused instanceof ColloquyError))) throw refused
    } finally {
      this.#leaving = false
      this.outbox.hold(false)
    }
  }

  /** Loads who is logged in. @returns {Promise<User>} */
  async whoAmI() {
    const before = this.#subject
    const user = await this.api.getMe()
    // Another person may have logged in meanwhile; or the first token was got for this very call.
    if (!this.#out && (this.#subject === before || this.#subject === user.id)) this.#user = user
    return user
  }

  /**
   * A bot's channel: everything of it that one may see.
   * @param {string} bot_id
   */
  bot(bot_id) {
    return this.channel(`bot:${bot_id}`)
  }

  /**
   * One session's part of its bot's stream.
   * @param {string} session_id
   */
  session(session_id) {
    return this.channel(`session:${session_id}`)
  }

  notifications() {
    return this.channel('notifications')
  }

  tasks() {
    return this.channel('tasks')
  }

  /**
   * The same object for the same name. Each call is to be undone by one `leave()`.
   * @param {string} name
   * @returns {Channel}
   */
  channel(name) {
    if (typeof name !== 'string' || !/^[a-z]+(:[^\s/?#]+)?$/.test(name)) throw new TypeError('a channel is called like bot:ID, session:ID, notifications or tasks')
    return this.#connection.channel(name)
  }

  /**
   * The live state of a bot: loaded, and kept as a fresh load would give it. The same object for the same bot; each call is to be
   * undone by one `release()`.
   * @param {string} bot_id
   */
  watch(bot_id) {
    return this.#watched.bot(bot_id)
  }

  /** One's notifications, live. Each call is to be undone by one `release()`. */
  watchNotifications() {
    return this.#watched.notifications()
  }

  /**
   * Posts a message, now or when it can be.
   * @param {string} session_id
   * @param {string} content
   * @param {SendOptions} [options]
   * @returns {Sent}
   */
  send(session_id, content, options = {}) {
    return this.outbox.send(session_id, content, options)
  }

  /** Connects also without a channel, to know whether the server is there. */
  connect() {
    this.#connection.open()
  }

  /** Now, without waiting any longer. */
  reconnect() {
    if (this.#closed) throw new ColloquyError({ code: 'closed', detail: 'the client is closed' })
    this.#connection.again()
    this.outbox.flush()
  }

  /** Ends it for good. Messages that wait are kept where the outbox has a storage. */
  close() {
    this.#closed = true
    this.#unwatch()
    this.#watched.close()
    this.#connection.close()
    this.#core.shared?.close()
    this.#core.tokens.close()
    this.outbox.close()
  }

  /** @param {SignedIn} signedIn */
  #signedIn({ user, access_token, refresh_token }) {
    this.#user = user
    this.#core.tokens.set({ access_token, refresh_token })
    return user
  }

  #watching() {
    const { env, batch, api, report } = this.#core
    /** @type {import('./state/needs.js').Needs} */
    const needs = {
      api,
      bot: (bot_id) => this.bot(bot_id),
      notifications: () => this.notifications(),
      me: async () => {
        const { id, username } = this.#user ?? (await this.whoAmI())
        return { user_id: id, username }
      },
      sends: () => this.outbox.entries,
      on: this.on.bind(this),
      schedule: (flush) => batch.ask(flush),
      now: env.now,
      timers: env.timers,
      failed: report,
    }
    return new Watched(needs, this.#subject)
  }

  /** @param {TokenPair | null} pair */
  #tokens(pair) {
    this.#emitter.emit('tokens', pair)
    if (pair === null) return
    const subject = subjectOf(pair.access_token)
    const other = subject !== this.#subject
    if (other) {
      if (this.#subject !== null) {
        this.#connection.stop('signed_out')
        this.#connection.forget()
      }
      this.#subject = subject
      if (this.#user?.id !== subject) this.#user = null
      this.outbox.belongsTo(subject)
    }
    if (this.#leaving) return
    this.#out = false
    this.#connection.resume()
    this.outbox.flush()
  }

  /** @param {string} reason */
  #lost(reason) {
    this.#user = null
    this.#connection.stop('signed_out')
    this.#core.shared?.close()
    if (this.#out) return
    this.#out = true
    // Refused a new token, who wants to go is gone as they wanted.
    this.#emitter.emit('signed_out', { reason: this.#leaving ? 'logged_out' : reason })
  }

  /** @param {import('./connection.js').StateEvent} event */
  #changed(event) {
    if (event.state !== 'open') this.#latency = null
    this.#emitter.emit('state', event)
    const { transport } = this
    if (transport !== this.#told) {
      this.#told = transport
      this.#emitter.emit('transport', transport)
    }
    if (event.state === 'open') this.outbox.flush()
  }

  /** @param {number} ms */
  #measured(ms) {
    this.#latency = ms
    this.#emitter.emit('latency', ms)
  }

  /**
   * @param {'in' | 'out'} direction
   * @param {string} label
   * @param {any} frame
   * @param {string} text
   */
  #tap(direction, label, frame, text) {
    const channel = frame.channel ?? frame.data?.channel ?? (label || null)
    // A token is nobody's to look at.
    const shown = frame.type === 'auth' ? { ...frame, data: { token: '…' } } : frame
    const bytes = new TextEncoder().encode(text).length
    this.#emitter.emit('frame', { direction, channel, frame: shown, bytes, at: this.#core.env.now() })
  }

  /**
   * @param {unknown} error
   * @param {string} during
   */
  #report(error, during) {
    // An error of listener of errors goes nowhere else, or it would never end.
    if (during === 'listener of error' || !this.#emitter.has('error')) console.error(`colloquy, ${during}:`, error)
    else this.#emitter.emit('error', { error, during })
  }
}
