// The live state of one bot: joins its channel, loads the snapshot, and lets every frame through the reducers (model.js), so that
// get() is always what a fresh load would give. What is asked for beside that is in pages.js (older things) and upkeep.js (what
// no event carries); one's own sends on their way are in waiting.js.

import { isPassing } from '../error.js'
import { emptyModel } from './empty.js'
import { patch, share } from './lists.js'
import { Marks } from './marks.js'
import { KEPT, trim } from './messages.js'
import { fromSnapshot, reduce } from './model.js'
import { Pages } from './pages.js'
import { lose } from './people.js'
import { Retry } from './retry.js'
import { Store } from './store.js'
import { Typists } from './typists.js'
import { moveMark } from './unread.js'
import { Upkeep } from './upkeep.js'
import { Waiting } from './waiting.js'

/** @import { BotModel, BotView, Frame, GoneReason, PersonName, Snapshot } from './types.js' */
/** @import { Channel } from '../channel.js' */
/** @import { Needs } from './needs.js' */

/** @type {Record<string, BotModel['status']>} */
const STATUS = { joining: 'away', live: 'live', away: 'away', refused: 'gone', ended: 'gone' }

export class BotState {
  #core
  #store
  #done
  #pages
  #typists
  #upkeep
  #waiting
  /** @type {Channel | null} */
  #channel = null
  /** @type {(() => void)[]} */
  #unsubscribe = []
  /** Frames since a load began; null: none is under way. @type {Frame[] | null} */
  #log = null
  /** The number after which every event is delivered; null: not known, undefined: none is yet. @type {number | null | undefined} */
  #from
  /** Counts loads: what belongs to an earlier state is worth nothing. */
  #life = 0
  #loaded = false
  /** Of a load that failed, or came short, while the channel is live. */
  #retry
  #marks = new Marks()
  #closed = false

  /**
   * @param {Needs} core
   * @param {string} bot_id
   * @param {() => void} done  What is to be done when it is let go.
   */
  constructor(core, bot_id, done) {
    this.#core = core
    this.bot_id = bot_id
    this.#done = done
    /** @type {Store<BotModel>} */
    this.#store = new Store(emptyModel(null), core.schedule, (error) => core.failed(error, 'a listener of a bot'))
    const held = { core, bot_id, get: () => this.#store.value, change: this.#change, life: () => this.#life }
    this.#retry = new Retry(core.timers, () => this.#load())
    this.#pages = new Pages(held)
    this.#typists = new Typists(held)
    this.#upkeep = new Upkeep(held)
    this.#waiting = new Waiting(held)
    this.#start()
  }

  /** @returns {BotView} */
  get() {
    return this.#store.view
  }

  /**
   * Calls `fn` after changes, at most once per animation frame.
   * @param {() => void} fn
   * @returns {() => void}
   */
  subscribe(fn) {
    return this.#store.subscribe(fn)
  }

  /**
   * The messages of a session are wanted: they are loaded if the snapshot had none, and not cut while it is open. Counted.
   * Never rejects: what does not come is tried again with the next connection.
   * @param {string} session_id
   */
  open(session_id) {
    return this.#pages.open(session_id)
  }

  /** @param {string} session_id */
  close(session_id) {
    this.#pages.close(session_id)
  }

  /** Rejects with what went wrong, as the other loads of older things do. @param {string} session_id */
  loadOlder(session_id) {
    return this.#pages.loadOlder(session_id)
  }

  loadMoreSessions() {
    return this.#pages.loadMoreSessions()
  }

  loadMoreDocuments() {
    return this.#pages.loadMoreDocuments()
  }

  /**
   * One has read up to this message, or up to the newest.
   * @param {string} session_id
   * @param {string} [message_id]
   */
  markRead(session_id, message_id = this.#store.value.messages[session_id]?.items.at(-1)?.id) {
    const { me, read } = this.#store.value
    if (!message_id || !me || read[session_id]?.[me.user_id] === message_id) return
    this.#change(moveMark(this.#store.value, session_id, me.user_id, message_id))
    // An older one than the mark that stands is not worth a frame.
    if (this.#store.value.read[session_id]?.[me.user_id] !== message_id) return
    this.#marks.say(this.#channel, session_id, message_id)
  }

  /**
   * Tells the others that one is typing. May be called with every key.
   * @param {string | null} session_id
   * @param {boolean} [is_typing]
   */
  typing(session_id, is_typing = true) {
    this.#channel?.typing(session_id, is_typing)
  }

  /**
   * Tells the others which conversation one looks at.
   * @param {string | null} session_id
   */
  viewing(session_id) {
    this.#channel?.viewing(session_id)
  }

  /**
   * A key for a message's row that is the same while it is sent and when it is there.
   * @param {string} message_id
   */
  keyOf(message_id) {
    return this.#waiting.keyOf(message_id)
  }

  /** Loads everything anew; for a bot that was lost, tries whether it is to be had again. */
  refresh() {
    if (this.#closed) return Promise.resolve()
    if (this.#store.value.status !== 'gone') return this.#load()
    this.#leave()
    this.#change(this.#fresh())
    return this.#start()
  }

  /** Ends what `watch` began; the last one who does so closes it. */
  release() {
    this.#done()
  }

  /** For the client: nobody is logged in, or somebody else is. It comes back with the channel, for whoever it is then. */
  signedOut() {
    this.#forget()
    this.#marks.forget()
    this.#waiting.forget()
    const reason = /** @type {GoneReason} */ ({ kind: 'signed_out', by: null, at: null })
    this.#change({ ...emptyModel(null), status: 'gone', code: 'signed_out', reason })
  }

  /** Not for users of a watched bot: they release it. */
  end() {
    this.#closed = true
    this.#leave()
    this.#waiting.end()
    this.#upkeep.end()
  }

  #start() {
    const channel = this.#core.bot(this.bot_id)
    this.#channel = channel
    this.#from = channel.state === 'live' ? channel.seq : undefined
    this.#unsubscribe = [
      channel.on('greeting', (data) => this.#greeted(data)),
      channel.on('frame', (frame) => this.#frame(frame)),
      channel.on('reset', ({ seq, snapshot }) => this.#reset(seq, /** @type {any} */ (snapshot))),
      channel.on('state', () => this.#moved()),
      // A burst has been handed out: listeners need not wait for the next animation frame.
      channel.on('batch', () => this.#store.tell()),
    ]
    this.#stand()
    return this.#load()
  }

  #leave() {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#unsubscribe = []
    this.#channel?.leave()
    this.#channel = null
    this.#forget()
  }

  #forget() {
    this.#retry.stop()
    this.#typists.forget()
    this.#life += 1
    this.#loaded = false
    this.#log = null
    this.#from = undefined
  }

  #fresh() {
    return { ...emptyModel(null), waiting: this.#store.value.waiting }
  }

  #revive() {
    this.#life += 1
    this.#log = null
    this.#loaded = false
    this.#change(this.#fresh())
  }

  /** @param {BotModel} model */
  #change = (model) => {
    this.#store.set(model)
  }

  /** @param {any} data */
  #greeted(data) {
    this.#begin(data.seq ?? null)
    for (const mark of data.read ?? []) this.#marks.told(mark, this.#store.value.me?.user_id)
    this.#frame({ type: 'subscribed', data })
  }

  /** The channel has another state. */
  #moved() {
    const channel = this.#channel
    if (channel?.state === 'live') {
      // Lost and had again, by another log-in or all of it while the connection was gone.
      if (this.#store.value.status === 'gone') this.#revive()
      this.#begin(channel.seq)
      if (!this.#loaded) this.#load()
      for (const [session_id, message_id] of this.#marks.open) channel.read(session_id, message_id)
    }
    this.#stand()
    if (channel?.state === 'live' && this.#loaded) this.#pages.reopen()
    this.#upkeep.resume()
  }

  /**
   * Events after this number are delivered. A state that was loaded before and does not reach it has a gap.
   * @param {number | null} seq
   */
  #begin(seq) {
    if (this.#from !== undefined) return
    this.#from = seq
    if (this.#loaded && (seq === null || this.#store.value.seq < seq)) this.#load()
  }

  /** How it stands, by the channel's state and by what is loaded. */
  #stand() {
    const channel = this.#channel
    const model = this.#store.value
    if (!channel || model.status === 'gone') return
    const { state, code } = channel
    const status = STATUS[state]
    if (status === 'gone') return this.#gone(code ?? state)
    const shown = this.#loaded ? status : 'loading'
    const why = status === 'live' || code == null ? undefined : String(code)
    this.#change(patch(model, { status: shown, code: why, ...(status !== 'live' && { typing: share(model.typing, {}) }) }))
  }

  /**
   * @param {string | number} code
   * @param {GoneReason['kind']} [kind]  without one, nobody told why: who was away when it happened is refused, and no more
   */
  #gone(code, kind = 'not_found') {
    const model = this.#store.value
    if (model.status === 'gone') return
    this.#life += 1
    this.#log = null
    this.#change(lose(model, { kind, by: null, at: null }, String(code)))
  }

  /** @param {Frame} frame */
  #frame(frame) {
    this.#log?.push(frame)
    if (!this.#loaded) return
    this.#pages.note(frame)
    this.#change(this.#reduced(this.#store.value, frame))
    this.#pages.hear(frame)
    this.#upkeep.look()
  }

  /**
   * @param {BotModel} model
   * @param {Frame} frame
   */
  #reduced(model, frame) {
    const { type, data } = frame
    let next = reduce(model, frame)
    if (type === 'chat_message') {
      next = this.#waiting.posted(next, data)
      const { session_id } = data
      const length = next.messages[session_id]?.items.length ?? 0
      if (length > KEPT * 1.5 && !this.#pages.isOpen(session_id)) next = trim(next, session_id)
    } else if (type === 'typing_indicator') {
      this.#typists.heard(data)
    } else if (type === 'read_receipt') {
      this.#marks.told(data, next.me?.user_id)
    } else if (type === 'session_created') {
      next = this.#waiting.shown(next)
    } else if (this.#marks.lose(frame)) {
      // It stands on the message before it now, which the server was never told.
      const moved = next.me && next.read[data.session_id]?.[next.me.user_id]
      if (moved) this.#marks.say(this.#channel, data.session_id, moved)
    }
    return next
  }

  /** The snapshot, and on it what came meanwhile. One at a time. @returns {Promise<void>} */
  async #load() {
    if (this.#log) return
    const life = this.#life
    const log = (this.#log = /** @type {Frame[]} */ ([]))
    const early = this.#channel?.state !== 'live'
    const began = this.#core.now()
    let snapshot, me
    try {
      ;[snapshot, me] = await Promise.all([this.#core.api.getSnapshot({ bot_id: this.bot_id }), this.#core.me()])
    } catch (error) {
      if (this.#life === life) this.#refused(error)
      return
    }
    if (this.#life !== life || this.#log !== log) return
    this.#log = null
    // Where the first delivered number is not known, only a state loaded after the channel went live is sure to reach it.
    const short = this.#from === null ? early : this.#from !== undefined && snapshot.seq < this.#from
    this.#put(/** @type {any} */ (snapshot), me, log, began)
    if (short) return this.#retry.soon()
    this.#retry.good()
  }

  /**
   * Events are missing; the channel has loaded what stands instead, or says that it did not.
   * @param {number | null} seq
   * @param {Snapshot | undefined} snapshot
   */
  #reset(seq, snapshot) {
    this.#from = seq
    const { me } = this.#store.value
    // A load that was under way before may be of an older state.
    this.#log = null
    this.#life += 1
    if (snapshot && me) this.#put(snapshot, me, [], 0)
    else this.#load()
  }

  /**
   * @param {Snapshot} snapshot
   * @param {PersonName} me
   * @param {readonly Frame[]} since
   * @param {number} began  When it was asked for.
   */
  #put(snapshot, me, since, began) {
    this.#life += 1
    this.#loaded = true
    const held = this.#store.value
    let next = fromSnapshot(held.status === 'gone' ? this.#fresh() : held, snapshot, me)
    for (const frame of since) next = this.#reduced(next, frame)
    this.#change(this.#waiting.reconciled(next, began))
    this.#stand()
    this.#upkeep.look()
    for (const frame of since) this.#pages.hear(frame)
    this.#pages.reopen()
  }

  /** @param {unknown} error */
  #refused(error) {
    this.#log = null
    if (isPassing(error)) {
      // Going live is the sign to try again; who is live needs another one.
      if (this.#channel?.state === 'live') this.#retry.later()
      return
    }
    const { status, code = 'failed' } = /** @type {any} */ (error)
    if (status === 401) this.signedOut()
    else if (status === 403 || status === 404) this.#gone(code, code === 'bot_suspended' ? 'suspended' : undefined)
    else this.#core.failed(error, 'loading a bot')
  }
}
