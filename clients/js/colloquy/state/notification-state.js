// One's notifications, live: the newest page over REST, the unread count by the channel's greeting or over REST, and every event
// through the reducers (notifications.js). What one does oneself is shown at once; the event that follows has the last word.

import { isPassing } from '../error.js'
import { allRead, counted, dismissed, emptyNotifications, paged, read, reduceNotifications } from './notifications.js'
import { patch } from './lists.js'
import { Store } from './store.js'

/** @import { Channel } from '../channel.js' */
/** @import { Needs } from './needs.js' */
/** @import { Frame, NotificationView } from './types.js' */

const PAGE = 50
const RETRY = 5_000
/** @type {Record<string, NotificationView['status']>} */
const STATUS = { joining: 'away', live: 'live', away: 'away', refused: 'gone', ended: 'gone' }

export class NotificationState {
  #core
  #store
  #done
  /** @type {Channel} */
  #channel
  #unsubscribe
  #loaded = false
  #greeted = false
  /** The channel has begun once. */
  #joined = false
  #numbered = false
  /** Frames since a page was asked for; null: none is. @type {Frame[] | null} */
  #log = null
  /** The newest page while it is on its way. @type {Promise<void> | null} */
  #newest = null
  /** @type {string | undefined} */
  #cursor
  /** @type {any} */
  #timer = null
  #closed = false

  /**
   * @param {Needs} core
   * @param {() => void} done  What is to be done when it is let go.
   */
  constructor(core, done) {
    this.#core = core
    this.#done = done
    this.#store = new Store(emptyNotifications(), core.schedule, (error) => core.failed(error, 'a listener of notifications'))
    const channel = (this.#channel = core.notifications())
    this.#unsubscribe = [
      channel.on('greeting', (data) => this.#greet(data)),
      channel.on('frame', (frame) => this.#frame(frame)),
      channel.on('reset', () => this.#reset()),
      channel.on('state', () => this.#moved()),
      channel.on('batch', () => this.#store.tell()),
    ]
    this.#stand()
    void this.#load()
  }

  /** @returns {NotificationView} */
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

  /** @param {string} id */
  async markRead(id) {
    const model = this.#store.value
    const next = read(model, id, this.#time())
    if (next !== model) this.#store.set({ ...next, unread: Math.max(0, next.unread - 1) })
    await this.#did(this.#core.api.readNotification({ notification_id: id }))
  }

  async markAllRead() {
    this.#store.set(patch(allRead(this.#store.value, this.#time()), { unread: 0 }))
    await this.#did(this.#core.api.readAllNotifications())
  }

  /**
   * Takes it out of the list.
   * @param {string} id
   */
  async dismiss(id) {
    const model = this.#store.value
    const was = model.items.find((item) => item.id === id)
    const unread = was && !was.read_at ? Math.max(0, model.unread - 1) : model.unread
    this.#store.set(patch(dismissed(model, id), { unread }))
    await this.#did(this.#core.api.dismissNotification({ notification_id: id }))
  }

  /** Loads the next older page; rejects when it cannot be had. */
  async loadMore() {
    if (this.#store.value.loading) return
    // One that was overtaken by a newer state of the list is asked for behind that.
    do {
      this.#store.set({ ...this.#store.value, loading: true })
      while (this.#newest) await this.#newest
      if (this.#closed || !this.#store.value.more) return this.#store.set({ ...this.#store.value, loading: false })
      this.#store.set({ ...this.#store.value, loading: true })
    } while (!(await this.#page(true)))
  }

  refresh() {
    return this.#load()
  }

  /** Ends what `watchNotifications` began; the last one who does so closes it. */
  release() {
    this.#done()
  }

  /** For the client: nobody is logged in, or somebody else is. It comes back with the channel, for whoever it is then. */
  signedOut() {
    this.#loaded = this.#greeted = false
    this.#log = null
    this.#cursor = undefined
    this.#core.timers.clearTimeout(this.#timer)
    this.#store.set({ ...emptyNotifications(), status: 'gone', code: 'signed_out' })
  }

  /** Not for users: they release it. */
  end() {
    if (this.#closed) return
    this.#closed = true
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#channel.leave()
    this.#core.timers.clearTimeout(this.#timer)
  }

  #time() {
    return new Date(this.#core.now()).toISOString()
  }

  /**
   * What was shown beforehand and did not come true is loaded again.
   * @param {Promise<unknown>} call
   */
  async #did(call) {
    try {
      await call
    } catch (error) {
      this.#greeted = false
      this.#anew()
      throw error
    }
  }

  /** @param {any} data */
  #greet(data) {
    if (typeof data.unread !== 'number') return
    this.#greeted = true
    this.#numbered = typeof data.seq === 'number'
    this.#store.set(counted(this.#store.value, data.unread, data.seq))
    if (this.#joined) return
    // What happened after the list was read and before the channel began was told to nobody here.
    this.#joined = true
    this.#anew()
  }

  /** Something is missing. What is polled tells no number, and so no count to go on from. */
  #reset() {
    if (!this.#numbered) this.#greeted = false
    this.#anew()
  }

  /** A page that is on its way may be of an older state. */
  #anew() {
    this.#log = null
    void this.#load()
  }

  /** @param {Frame} frame */
  #frame(frame) {
    this.#log?.push(frame)
    this.#store.set(reduceNotifications(this.#store.value, frame))
  }

  #moved() {
    if (this.#channel.state === 'live' && !this.#loaded) void this.#load()
    this.#stand()
  }

  #stand() {
    const { state, code } = this.#channel
    if (this.#store.value.code === 'signed_out' && state !== 'live') return
    const status = STATUS[state]
    const shown = this.#loaded || status === 'gone' ? status : 'loading'
    this.#store.set(patch(this.#store.value, { status: shown, code: status === 'live' || code == null ? undefined : String(code) }))
  }

  async #load() {
    if (this.#log) return
    this.#cursor = undefined
    this.#core.timers.clearTimeout(this.#timer)
    const newest = (this.#newest = this.#page(false).then(() => {
      if (this.#newest === newest) this.#newest = null
    }))
    await newest
  }

  /** Whether it was not overtaken. @param {boolean} older */
  async #page(older) {
    const log = (this.#log = /** @type {Frame[]} */ ([]))
    try {
      const cursor = older ? this.#cursor : undefined
      const list = this.#core.api.listNotifications({ limit: PAGE, ...(cursor && { cursor }) })
      const count = this.#greeted || older ? null : this.#core.api.countUnread()
      const [{ items, next_cursor }, total] = /** @type {any[]} */ (await Promise.all([list, count]))
      if (this.#closed || this.#log !== log) return this.#closed
      this.#cursor = next_cursor ?? undefined
      let next = paged(this.#store.value, items, Boolean(next_cursor), older)
      // A greeting that came meanwhile knows better.
      if (total && !this.#greeted) next = counted(next, total.unread)
      const { unread } = next
      for (const frame of log) next = reduceNotifications(next, frame)
      // The count went along with the events when they came.
      this.#store.set(patch(next, { unread }))
      this.#loaded = true
      this.#stand()
    } catch (error) {
      if (this.#closed || this.#log !== log) return this.#closed
      this.#store.set(patch(this.#store.value, { loading: false }))
      if (older) throw error
      if (!isPassing(error)) this.#core.failed(error, 'loading notifications')
      // Going live is the sign to try again; who is live needs another one.
      else if (this.#channel.state === 'live') this.#timer = this.#core.timers.setTimeout(() => void this.#load(), RETRY)
    } finally {
      if (this.#log === log) this.#log = null
    }
    return true
  }
}
