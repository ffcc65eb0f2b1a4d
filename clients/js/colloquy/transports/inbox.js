// Notifications without a WebSocket: the list is asked for now and then, and what is new in it is handed out as the socket would,
// but for the numbers, which REST does not tell. What else has changed is a reset: the list is to be loaded anew.

import { sleep } from '../environment.js'
import { Asking } from './asking.js'

/** @import { Core } from '../core.js' */
/** @import { Intake } from '../intake.js' */
/** @import { Notification } from '../schema.js' */
/** @import { AttemptEvents } from './socket.js' */

const NEWEST = 50

export class Inbox extends Asking {
  #core
  #events
  /** The highest id so far: ids rise, and what is below it and was not on the page has moved up. */
  #newest = ''
  #unread = 0

  /**
   * @param {Core} core
   * @param {Intake} intake
   * @param {AttemptEvents} events
   */
  constructor(core, intake, events) {
    super()
    this.#core = core
    this.#events = events
    void this.run(events, (error) => core.report(error, 'polling notifications'), () => this.#poll(intake))
  }

  /** @param {Intake} intake */
  async #poll(intake) {
    const first = await this.#ask()
    this.#see(first.items)
    this.#unread = first.unread
    this.#events.open({ loose: true, data: { connection_type: 'notifications', unread: first.unread } })
    while (!this.signal.aborted) {
      await sleep(this.#core.env, this.#core.options.pollInterval, this.signal)
      this.#compare(intake, await this.#ask())
    }
  }

  async #ask() {
    const options = { signal: this.signal, retries: 0 }
    const { items } = await this.#core.api.listNotifications({ limit: NEWEST }, options)
    const { unread } = await this.#core.api.countUnread({}, options)
    return { items, unread }
  }

  /**
   * @param {Intake} intake
   * @param {{items: Notification[], unread: number}} now
   */
  #compare(intake, { items, unread }) {
    const fresh = items.filter((item) => item.id > this.#newest).reverse()
    this.#see(items)
    for (const item of fresh) intake.polled(frameOf(item))
    // Read or dismissed elsewhere, or more came than one page shows.
    const expected = this.#unread + fresh.filter((item) => !item.read_at).length
    this.#unread = unread
    if (unread !== expected || fresh.length === NEWEST) intake.changedElsewhere()
  }

  /** @param {Notification[]} items */
  #see(items) {
    for (const { id } of items) if (id > this.#newest) this.#newest = id
  }
}

/** @param {Notification} item */
function frameOf({ id, notification_type, title, message, bot_id, action, details, created_at }) {
  const data = { notification_id: id, title, message, bot_id: bot_id ?? null, action, details }
  return { type: 'notification', notification_type, id, data, timestamp: created_at }
}
