// Long polls: one request after the other, each waiting for something to happen. Where too many would wait, the rest ask every few
// seconds.

import { sleep } from '../environment.js'
import { Asking } from './asking.js'
import { keepOpen, placeOf, wants } from './events.js'

/** @import { Core } from '../core.js' */
/** @import { Intake } from '../intake.js' */
/** @import { AttemptEvents } from './socket.js' */

const PAGE = 100
/** Seconds that the server may hold a request. */
const WAIT = 25
/** Milliseconds for such a request, the server's wait included. */
const PATIENCE = 40_000
/** Who may not keep a request waiting asks so often. */
const TURN = 3_000

export class Poll extends Asking {
  #core
  #name
  #events

  /**
   * @param {Core} core
   * @param {string} name
   * @param {Intake} intake
   * @param {AttemptEvents} events
   */
  constructor(core, name, intake, events) {
    super()
    this.#core = core
    this.#name = name
    this.#events = events
    void this.run(events, (error) => core.report(error, `polling ${name}`), () => this.#poll(intake))
  }

  /** @param {Intake} intake */
  async #poll(intake) {
    const place = await placeOf(this.#core, this.#name, intake, this.signal)
    // The first one does not wait: there is somebody who wants to know that it works.
    let page = await this.#ask(place, 0)
    this.#events.open({ data: { bot_id: place.bot, seq: page.seq, epoch: page.epoch } })
    for (;;) {
      const from = place.since
      for (const event of page.events) this.#give(place, event)
      if (this.signal.aborted) return
      place.since = page.seq
      place.epoch = page.epoch
      if (intake.live && page.complete) intake.reached(page.seq)
      // Its first answer ends what stands for a replay; later, only a gap has to be told.
      else if (!page.complete && intake.live) intake.gap(page.seq, page.epoch)
      else if (page.events.length < PAGE) {
        const data = { from, to: page.seq, complete: page.complete }
        this.#events.frame({ type: 'replay_complete', bot_id: place.bot, data })
      }
      if (this.signal.aborted) return
      page = await this.#next(place)
    }
  }

  /** @param {import('./events.js').Place} place */
  async #next(place) {
    const release = keepOpen(this.#core)
    if (release === null) {
      await sleep(this.#core.env, TURN, this.signal)
      return this.#ask(place, 0)
    }
    try {
      return await this.#ask(place, WAIT)
    } finally {
      release()
    }
  }

  /**
   * @param {import('./events.js').Place} place
   * @param {number} wait
   */
  #ask({ bot, since, epoch }, wait) {
    const args = { bot_id: bot, since, epoch, limit: PAGE, wait }
    return this.#core.api.listEvents(args, { signal: this.signal, retries: 0, timeout: PATIENCE })
  }

  /**
   * @param {import('./events.js').Place} place
   * @param {any} event
   */
  #give(place, event) {
    if (this.signal.aborted) return
    if (this.#core.tapped) this.#core.tap('in', this.#name, event, JSON.stringify(event))
    if (wants(place, event)) this.#events.frame(event)
  }
}
