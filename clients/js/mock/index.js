// A mock server for the tests of frontends: it speaks the protocol from a script. `new Colloquy({ ...mock, tokens })` runs
// against it without a network, `mock.listen()` puts it on a port. What a script can say is here and, for connections and
// tokens, in network.js; how it is carried out is in the other modules. Nothing is kept beyond the process.

import { Network } from './network.js'
import { personOf } from './people.js'
import { addDocument, documentView, process, tick } from './documents.js'
import { answer } from './answers.js'
import { botView, changeBot, createBot, deleteBot, grant, revoke, suspendBot } from './bots.js'
import { changeSession, createSession, deleteMessage, editMessage, markRead, messageView, post, sessionView } from './chat.js'
import { notify } from './notifications.js'

/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Happened} Happened */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').MockOptions} MockOptions */
/** @typedef {import('./types.js').MockPerson} MockPerson */
/** @typedef {import('./types.js').Role} Role */
/** A person by name, or as `person()` gave them. @typedef {string | MockPerson} Who */
/** By id, or anything with one. @typedef {string | {id: string}} Ref */

/** @param {Ref} ref */
const idOf = (ref) => (typeof ref === 'string' ? ref : ref.id)

export class Mock extends Network {
  /**
   * The person of this name, registered on first mention. The very first one is the administrator, as on a real server.
   * @param {string} name
   * @param {{password?: string}} [how]
   * @returns {MockPerson}
   */
  person(name, how) {
    return personOf(this.world, name, how)
  }

  /**
   * Options of a client that is logged in as this person: `new Colloquy(mock.as('ann'))`.
   * @param {Who} who
   */
  as(who) {
    const { url, fetch, WebSocket } = this
    return { url, fetch, WebSocket, tokens: { ...this.#person(who).tokens } }
  }

  // ---- bots and roles

  /**
   * @param {{name?: string, owner?: Who, description?: string, instructions?: string, model?: string, settings?: Json}} [fields]
   */
  bot({ name = 'Librarian', owner, ...fields } = {}) {
    const user = owner === undefined ? this.#anybody() : this.#user(owner)
    return botView(this.world, createBot(this.world, user, { name, ...fields }), user.id)
  }

  /** Gives or changes a role. @param {Ref} bot @param {Who} who @param {Role} [role] @param {{expires_at?: string | null, by?: Who}} [how] */
  grant(bot, who, role = 'viewer', { expires_at, by } = {}) {
    const found = this.#bot(bot)
    grant(this.world, by ? this.#user(by) : this.#ownerOf(found), found, this.#user(who), role, expires_at)
  }

  /** Takes a role: the event, then 4003. @param {Ref} bot @param {Who} who @param {{by?: Who}} [how] */
  revoke(bot, who, { by } = {}) {
    const found = this.#bot(bot)
    revoke(this.world, by ? this.#user(by) : this.#ownerOf(found), found, this.#user(who).id)
  }

  /** A role reaches its end date. @param {Ref} bot @param {Who} who */
  expireRole(bot, who) {
    revoke(this.world, null, this.#bot(bot), this.#user(who).id)
  }

  /** Changes a bot's configuration. @param {Ref} bot @param {Json} fields @param {{by?: Who}} [how] */
  change(bot, fields, { by } = {}) {
    const found = this.#bot(bot)
    changeBot(this.world, by ? this.#user(by) : this.#ownerOf(found), found, fields)
  }

  /** @param {Ref} bot */
  deleteBot(bot) {
    const found = this.#bot(bot)
    deleteBot(this.world, this.#ownerOf(found), found)
  }

  /** @param {Ref} bot @param {boolean} [suspended] */
  suspend(bot, suspended = true) {
    const found = this.#bot(bot)
    suspendBot(this.world, this.#ownerOf(found), found, suspended)
  }

  // ---- sessions and messages

  /** @param {Ref} bot @param {{title?: string, by?: Who, visibility?: 'shared' | 'private', auto_reply?: boolean}} [fields] */
  session(bot, { by, ...fields } = {}) {
    const found = this.#bot(bot)
    const user = by ? this.#user(by) : this.#ownerOf(found)
    return sessionView(this.world, createSession(this.world, user, found, fields), user.id)
  }

  /** @param {Ref} session */
  closeSession(session) {
    const where = this.#session(session)
    changeSession(this.world, this.#ownerOf(where.bot), { ...where, role: 'owner' }, { status: 'closed' })
  }

  /**
   * Somebody posts. The bot answers only if `reply` says so.
   * @param {Ref} session
   * @param {Who} who
   * @param {string} content
   * @param {{reply?: boolean, mentions?: string[]}} [how]
   */
  post(session, who, content, { reply = false, mentions } = {}) {
    return post(this.world, this.#user(who), this.#session(session), { content, reply, mentions }).message
  }

  /**
   * The bot writes an answer, piece by piece, to the last message of the session or to `question`. Resolves to the message.
   * @param {Ref} session
   * @param {string} text
   * @param {import('./answers.js').How & {question?: Ref}} [how] `pieces`: how many, or the pieces themselves; `delay`: milliseconds between them
   */
  async answer(session, text, { question, ...how } = {}) {
    const { session: found, bot } = this.#session(session)
    const asked = question ? idOf(question) : this.world.messages.get(found.id)?.findLast(({ role }) => role === 'user')?.id
    if (!asked) throw new Error('an answer needs a question: post one first')
    return messageView(await answer(this.world, bot, found, asked, text, how).done)
  }

  /** @param {Ref} message @param {string} content */
  edit(message, content) {
    const where = this.#message(message)
    const author = this.world.users.get(where.message.user_id ?? '')
    if (!author) throw new Error('a bot edits nothing')
    editMessage(this.world, author, where, { content })
  }

  /** @param {Ref} message */
  remove(message) {
    const where = this.#message(message)
    deleteMessage(this.world, this.#ownerOf(where.bot), { ...where, role: 'owner' })
  }

  /** @param {Ref} session @param {Who} who @param {Ref} message */
  read(session, who, message) {
    markRead(this.world, this.#user(who), this.#session(session), idOf(message))
  }

  // ---- signs of people who need no socket for it

  /** @param {Ref} session @param {Who} who @param {boolean} [is_typing] */
  typing(session, who, is_typing = true) {
    const { session: found, bot } = this.#session(session)
    this.world.live.typing({ user_id: this.#user(who).id }, bot.id, found.id, is_typing)
  }

  /** Somebody comes, and looks at a session if one is named. @param {Ref} bot @param {Who} who @param {Ref | null} [session] */
  arrive(bot, who, session = null) {
    this.world.live.guest(this.#bot(bot).id, this.#user(who).id, session && idOf(session))
  }

  /** @param {Ref} bot @param {Who} who */
  depart(bot, who) {
    this.world.live.guestGone(this.#bot(bot).id, this.#user(who).id)
  }

  // ---- documents and notifications

  /**
   * @param {Ref} bot
   * @param {{filename?: string, by?: Who, text?: string, status?: 'queued' | 'processed' | 'failed', error?: string}} [fields]
   */
  document(bot, { filename = 'notes.txt', by, text = filename, status = 'processed', error = 'It could not be read.' } = {}) {
    const found = this.#bot(bot)
    const user = by ? this.#user(by) : this.#ownerOf(found)
    const file = { name: filename, type: 'text/plain', bytes: new TextEncoder().encode(text) }
    const document = addDocument(this.world, user, found, file, this.world.id().replaceAll('-', '').repeat(2))
    if (status !== 'queued') process(this.world, document, status === 'failed' ? { error } : {})
    return documentView(document)
  }

  /** A document gets on, as a progress bar shows it. @param {Ref} document @param {number} progress @param {string} [stage] */
  progress(document, progress, stage = 'extracting') {
    tick(this.world, this.#document(document), progress, stage)
  }

  /** Brings a document to its end. @param {Ref} document @param {{error?: string}} [how] */
  process(document, how) {
    process(this.world, this.#document(document), how)
  }

  /** An administrator tells everybody something. @param {string} message @param {{title?: string, level?: 'info' | 'warning'}} [how] */
  broadcast(message, { title = 'Notice', level = 'info' } = {}) {
    for (const { id } of this.world.users.values()) notify(this.world, id, 'system', { title, message, action: 'broadcast', details: { level } })
  }

  // ---- finding

  /** @param {Who} who */
  #person(who) {
    return typeof who === 'string' ? this.person(who) : who
  }

  /** @param {Who} who */
  #user(who) {
    return /** @type {import('./types.js').User} */ (this.world.users.get(this.#person(who).id))
  }

  #anybody() {
    return [...this.world.users.values()][0] ?? this.#user('owner')
  }

  /** @param {Ref} ref @returns {Bot} */
  #bot(ref) {
    const bot = this.world.bots.get(idOf(ref))
    if (!bot) throw new Error('there is no such bot')
    return bot
  }

  /** @param {Bot} bot */
  #ownerOf(bot) {
    const owner = [...bot.grants.values()].find(({ role }) => role === 'owner')
    return /** @type {import('./types.js').User} */ (this.world.users.get(owner?.user_id ?? ''))
  }

  /** @param {Ref} ref */
  #session(ref) {
    const session = this.world.sessions.get(idOf(ref))
    if (!session) throw new Error('there is no such session')
    return { session, bot: this.#bot(session.bot_id) }
  }

  /** @param {Ref} ref */
  #document(ref) {
    const document = this.world.documents.get(idOf(ref))
    if (!document) throw new Error('there is no such document')
    return document
  }

  /** @param {Ref} ref */
  #message(ref) {
    for (const [session, messages] of this.world.messages) {
      const message = messages.find(({ id }) => id === idOf(ref))
      if (message) return { message, ...this.#session(session) }
    }
    throw new Error('there is no such message')
  }
}

/**
 * A mock server with nobody in it.
 * @param {MockOptions} [options]
 */
export function mockServer(options) {
  return new Mock(options)
}
