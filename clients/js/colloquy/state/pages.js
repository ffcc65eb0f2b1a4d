// What is older than the snapshot: messages of a session, sessions, documents, each a page at a time, and which sessions are
// open. Events that come while a page is on its way are noted, and done to the page too.

import { ColloquyError } from '../error.js'
import { documentUpdated, putDocument } from './documents.js'
import { put } from './lists.js'
import { addSession, joinPage, messageUpdated, trim } from './messages.js'
import { marksOf } from './model.js'
import { listOf, sessionOf } from './unread.js'

/** @import { Held } from './needs.js' */
/** @import { BotModel, Frame, Session } from './types.js' */

const PAGE = 50

export class Pages {
  #held
  /** How often each session is open. @type {Map<string, number>} */
  #open = new Map()
  /** Sessions beyond the newest in which something was said. @type {Set<string>} */
  #heard = new Set()
  #finding = false
  /** What is being loaded, by name. @type {Map<string, Promise<void>>} */
  #loading = new Map()
  /** @type {Set<Frame[]>} */
  #notes = new Set()
  /** Where older sessions and documents go on, and of which state that was told. */
  #cursors = { life: -1, sessions: /** @type {string | undefined} */ (undefined), documents: /** @type {string | undefined} */ (undefined) }

  /** @param {Held} held */
  constructor(held) {
    this.#held = held
  }

  /** @param {Frame} frame */
  note(frame) {
    if (frame.seq === undefined) return
    for (const frames of this.#notes) frames.push(frame)
  }

  /** @param {string} session_id */
  isOpen(session_id) {
    return this.#open.has(session_id)
  }

  /** Never rejects: what does not come is tried again with the next connection. @param {string} session_id */
  async open(session_id) {
    this.#open.set(session_id, (this.#open.get(session_id) ?? 0) + 1)
    await this.#ensure(session_id)
  }

  /** @param {string} session_id */
  close(session_id) {
    const left = (this.#open.get(session_id) ?? 0) - 1
    if (left > 0) return void this.#open.set(session_id, left)
    this.#open.delete(session_id)
    this.#held.change(trim(this.#held.get(), session_id))
  }

  /** After a fresh state, and after a break: what is open is wanted then too, and where something was said. */
  reopen() {
    for (const session_id of this.#open.keys()) void this.#ensure(session_id)
    void this.#find()
  }

  /** What is said in a session beyond those that are loaded, loads it. @param {Frame} frame */
  hear({ type, data }) {
    if (type !== 'chat_message' || data.redacted || sessionOf(this.#held.get(), data.session_id)) return
    this.#heard.add(data.session_id)
    void this.#find()
  }

  /** @param {string} session_id */
  loadOlder(session_id) {
    return this.#once(`messages ${session_id}`, () => this.#older(session_id))
  }

  loadMoreSessions() {
    return this.#once('sessions', () => this.#sessions())
  }

  loadMoreDocuments() {
    return this.#once('documents', () => this.#documents())
  }

  /** One after the other: there may be many after a break. */
  async #find() {
    if (this.#finding) return
    this.#finding = true
    for (const session_id of this.#heard) {
      if (sessionOf(this.#held.get(), session_id)) continue
      const asked = await this.#ensure(session_id)
      // Deleted meanwhile.
      if (asked && !sessionOf(this.#held.get(), session_id)) this.#heard.delete(session_id)
    }
    this.#finding = false
  }

  /** Resolves to whether what was missing was asked for. @param {string} session_id */
  async #ensure(session_id) {
    const model = this.#held.get()
    // Without a state there is nothing to add it to; reopen() comes when there is.
    if (!model.bot || model.status === 'gone') return false
    const known = sessionOf(model, session_id)
    const { items, more } = listOf(model, session_id)
    try {
      if (!known) await this.#once(`session ${session_id}`, () => this.#session(session_id))
      else if (items.length === 0 && more) await this.loadOlder(session_id)
      return true
    } catch (error) {
      this.#held.core.failed(error, known ? 'loading older messages' : 'loading a session')
      return false
    }
  }

  /**
   * Each load once at a time.
   * @param {string} name
   * @param {() => Promise<void>} load
   */
  #once(name, load) {
    const under_way = this.#loading.get(name)
    if (under_way) return under_way
    const loading = load()
      .catch((error) => {
        // A session that is not there (any more) is shown by its absence.
        if (!(error instanceof ColloquyError && error.status === 404)) throw error
      })
      .finally(() => this.#loading.delete(name))
    this.#loading.set(name, loading)
    return loading
  }

  /**
   * @template T
   * @param {() => Promise<T>} ask
   * @returns {Promise<{answer: T, frames: Frame[]}>}
   */
  async #noting(ask) {
    /** @type {Frame[]} */
    const frames = []
    this.#notes.add(frames)
    try {
      return { answer: await ask(), frames }
    } finally {
      this.#notes.delete(frames)
    }
  }

  /**
   * @param {string} session_id
   * @returns {Promise<void>}
   */
  async #older(session_id) {
    const { core, get, change, life } = this.#held
    const list = get().messages[session_id]
    if (!list?.more) return
    const begun = life()
    const before = list.items[0]?.id
    this.#showLoading(session_id, true)
    try {
      const { answer, frames } = await this.#noting(() =>
        core.api.listMessages({ session_id, limit: PAGE, ...(before && { before }) }),
      )
      // A page of an earlier state is no use: the same once more.
      if (life() !== begun) return await this.#older(session_id)
      if (!get().messages[session_id]) return
      change(joined(get(), session_id, before, /** @type {any} */ (answer).items, frames))
    } catch (error) {
      // The oldest one was deleted, which its event is about to say.
      if (!(error instanceof ColloquyError && error.status === 422)) throw error
    } finally {
      if (life() === begun) this.#showLoading(session_id, false)
    }
  }

  /**
   * @param {string} session_id
   * @param {boolean} loading
   */
  #showLoading(session_id, loading) {
    const model = this.#held.get()
    const list = model.messages[session_id]
    if (!list || list.loading === loading) return
    this.#held.change({ ...model, messages: put(model.messages, session_id, { ...list, loading }) })
  }

  /**
   * @param {string} session_id
   * @returns {Promise<void>}
   */
  async #session(session_id) {
    const { core, get, change, life, bot_id } = this.#held
    const begun = life()
    const { answer, frames } = await this.#noting(() => core.api.getSession({ session_id }))
    const session = /** @type {any} */ (answer)
    if (session.bot_id !== bot_id || sessionOf(get(), session_id) || !get().bot) return
    // Whether the answer is from before or after these cannot be told.
    if (life() !== begun || concerns(frames, session_id)) return this.#session(session_id)
    change(withSession(get(), session))
    return this.#older(session_id)
  }

  /** @returns {Promise<void>} */
  async #sessions() {
    const { core, get, change, life, bot_id } = this.#held
    if (!get().moreSessions) return
    const cursors = this.#current()
    const begun = life()
    const cursor = cursors.sessions
    const { answer, frames } = await this.#noting(() => core.api.listSessions({ bot_id, limit: 2 * PAGE, ...(cursor && { cursor }) }))
    if (life() !== begun) return this.#sessions()
    const { items, next_cursor } = /** @type {any} */ (answer)
    if (items.some((/** @type {Session} */ { id }) => concerns(frames, id) && !sessionOf(get(), id))) return this.#sessions()
    let next = get()
    for (const session of items) if (!sessionOf(next, session.id)) next = withSession(next, session)
    cursors.sessions = next_cursor ?? undefined
    change({ ...next, moreSessions: next_cursor !== null && next_cursor !== undefined })
  }

  /** @returns {Promise<void>} */
  async #documents() {
    const { core, get, change, life, bot_id } = this.#held
    if (!get().moreDocuments) return
    const cursors = this.#current()
    const begun = life()
    // The first page has what the snapshot had; the second is the first of use.
    let cursor = cursors.documents
    const { answer, frames } = await this.#noting(async () => {
      cursor ??= (await core.api.listDocuments({ bot_id, limit: 2 * PAGE })).next_cursor ?? undefined
      return cursor ? core.api.listDocuments({ bot_id, limit: 2 * PAGE, cursor }) : { items: [], next_cursor: null }
    })
    if (life() !== begun) return this.#documents()
    const { items, next_cursor } = /** @type {any} */ (answer)
    let next = get()
    for (const document of items) if (!next.documents.some((row) => row.id === document.id)) next = putDocument(next, document)
    for (const frame of frames) if (frame.type === 'document_update') next = documentUpdated(next, frame)
    cursors.documents = next_cursor ?? undefined
    change({ ...next, moreDocuments: next_cursor !== null && next_cursor !== undefined })
  }

  #current() {
    const life = this.#held.life()
    if (this.#cursors.life !== life) this.#cursors = { life, sessions: undefined, documents: undefined }
    return this.#cursors
  }
}

/**
 * The page in front of the loaded messages, without what was deleted meanwhile and with what was edited.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string | undefined} before  The oldest loaded one when it was asked for.
 * @param {readonly any[]} page
 * @param {readonly Frame[]} frames
 */
function joined(model, session_id, before, page, frames) {
  const mine = frames.filter(({ data }) => data?.session_id === session_id)
  const deleted = new Set(mine.filter(({ type }) => type === 'chat_message_deleted').map(({ data }) => data.message_id))
  const first = listOf(model, session_id).items[0]?.id
  // Cut meanwhile: between the page and what is left there is a gap.
  if (before && first !== before && !deleted.has(before)) return model
  const kept = page.filter((message) => !deleted.has(message.id))
  let next = joinPage(model, session_id, kept, page.length === PAGE)
  for (const frame of mine) if (frame.type === 'chat_message_updated') next = messageUpdated(next, frame)
  return next
}

/**
 * @param {BotModel} model
 * @param {any} session  As REST gives it.
 */
function withSession(model, { read, ...session }) {
  const marked = { ...model, read: put(model.read, session.id, marksOf({ read })) }
  return addSession(marked, session, { items: [], more: session.message_count > 0, loading: false })
}

/**
 * @param {readonly Frame[]} frames
 * @param {string} session_id
 */
function concerns(frames, session_id) {
  return frames.some(({ data }) => data?.session_id === session_id || data?.session?.id === session_id)
}
