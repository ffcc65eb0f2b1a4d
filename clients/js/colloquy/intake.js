// What one channel takes in: every durable event once, in order, none missing; and what happens when something is missing after
// all (a reset). It knows nothing of connections: links tell it what came, it tells the channel what to hand out.

import { Backoff } from './backoff.js'
import { Cursor } from './cursor.js'
import { sleep } from './environment.js'
import { ColloquyError, isPassing } from './error.js'

/** @import { Core } from './core.js' */

/** @typedef {'joining' | 'live' | 'away' | 'refused' | 'ended'} ChannelState */

/**
 * @typedef {object} Hands
 * @property {(type: string, value: any) => void} give to listeners, in the order of the calls
 * @property {(state: ChannelState, code?: number | string) => void} turn
 * @property {() => void} again the connection must be made anew, when back-off says so
 */

/** Polled notifications whose numbered twins may come later. */
const REMEMBERED = 1_000
/** Frames that are kept while the state is loaded anew. */
const HELD = 20_000

export class Intake {
  cursor = new Cursor()
  /** Fed without numbers for a while: what a numbered source gives next may have a gap before it. */
  loose = false
  #core
  #bot
  #hands
  /** @type {'out' | 'replaying' | 'live' | 'resetting' | 'over'} */
  #phase = 'out'
  /** The epoch that the present greeting named. @type {string | null} */
  #epoch = null
  /** Came while the state is loaded anew. @type {any[]} */
  #held = []
  /** @type {AbortController | null} */
  #loading = null
  #wasLive = false
  /** @type {Set<string>} */
  #polled = new Set()

  /**
   * @param {Core} core
   * @param {string | null} bot the bot whose whole stream this is
   * @param {Hands} hands
   */
  constructor(core, bot, hands) {
    this.#core = core
    this.#bot = bot
    this.#hands = hands
  }

  get over() {
    return this.#phase === 'over'
  }

  get live() {
    return this.#phase === 'live'
  }

  /**
   * The stream begins (again). `asked`: with a number, so that a replay follows.
   * @param {any} greeting the data of the frame
   * @param {boolean} asked
   */
  greeted(greeting, asked) {
    if (this.over) return
    this.#stopLoading()
    const seq = greeting.seq ?? null
    this.#epoch = greeting.epoch ?? null
    this.cursor.greet(seq, this.#epoch, asked)
    this.#phase = asked ? 'replaying' : 'live'
    this.#hands.give('greeting', greeting)
    if (asked) return
    // Their twins lie before the greeting.
    this.#polled.clear()
    if (this.loose) this.#hands.give('reset', { seq, epoch: this.#epoch })
    this.loose = false
    this.#turnLive()
  }

  /**
   * It is fed without numbers from here on: the cursor stays for whoever can use it again.
   * @param {any} greeting
   */
  greetedLoosely(greeting) {
    if (this.over) return
    this.#stopLoading()
    this.#phase = 'live'
    this.#hands.give('greeting', greeting)
    // What happened on the way from one to the other nobody can tell.
    if (this.#wasLive) this.changedElsewhere()
    if (this.cursor.seq === null) this.loose = true
    this.#turnLive()
  }

  /** The list is not any more what listeners think it is. */
  changedElsewhere() {
    this.#hands.give('reset', { seq: this.cursor.seq, epoch: this.cursor.epoch })
  }

  /** @param {any} frame */
  take(frame) {
    if (this.#phase === 'out' || this.#phase === 'over') return
    if (frame.type === 'replay_complete') this.#replayed(frame)
    else if (this.#phase === 'resetting') this.#hold(frame)
    else this.#pass(frame)
  }

  /** @param {unknown} seq */
  reached(seq) {
    // While a replay or a reset is on its way, only its end says how far it went.
    if (this.#phase === 'live') this.cursor.reached(seq)
  }

  /**
   * The connection is gone.
   * @param {number | string} [code]
   */
  lost(code) {
    if (this.over) return
    this.#stopLoading()
    this.#phase = 'out'
    this.#hands.turn(this.#wasLive ? 'away' : 'joining', code)
  }

  /**
   * There is nothing to be had here (any more).
   * @param {number | string} code
   */
  end(code) {
    if (this.over) return
    const held = this.#phase === 'resetting' ? this.#held : []
    const reset = this.#phase === 'resetting'
    this.#stopLoading()
    if (reset) {
      // Why it ended is told by the last of them; there is no state to load any more.
      this.#hands.give('reset', { seq: this.cursor.seq, epoch: this.#epoch })
      for (const frame of held) this.#pass(frame)
    }
    this.#phase = 'over'
    this.#hands.turn(this.#wasLive ? 'ended' : 'refused', code)
  }

  /**
   * The life that the stream's events are of, where the greeting did not say.
   * @param {string} epoch
   */
  lives(epoch) {
    if (this.over || this.#epoch !== null) return
    this.#epoch = epoch
    // Until a replay or a reset ends, the number is one of the life before.
    if (this.#phase === 'live') this.cursor.epoch = epoch
  }

  /** What could not be replayed has to be loaded: for a poll or stream that says so without a replay. */
  gap(/** @type {number} */ to, /** @type {string | null} */ epoch) {
    this.#epoch = epoch
    this.#reset(to)
  }

  /** Nobody wants it any more. */
  close() {
    this.#stopLoading()
    this.#phase = 'over'
  }

  /**
   * Notifications that were polled have no number; the same may come again with one.
   * @param {any} frame
   */
  polled(frame) {
    this.#polled.add(frame.data.notification_id)
    if (this.#polled.size > REMEMBERED) {
      const [oldest] = this.#polled
      this.#polled.delete(oldest)
    }
    this.#hands.give('frame', frame)
  }

  /** @param {any} frame */
  #hold(frame) {
    this.#held.push(frame)
    // The state does not come: better to begin anew than to fill the memory.
    if (this.#held.length > HELD) this.#hands.again()
  }

  /** @param {any} frame */
  #pass(frame) {
    const { seq } = frame
    if (typeof seq === 'number') {
      if (!this.cursor.take(seq)) return
      if (frame.type === 'notification' && this.#polled.delete(frame.data?.notification_id)) return
    }
    this.#hands.give('frame', frame)
  }

  /** @param {any} frame */
  #replayed(frame) {
    const { to, complete } = frame.data
    if (this.#phase !== 'replaying') return
    if (!complete) {
      this.#hands.give('frame', frame)
      this.#reset(to)
      return
    }
    this.cursor.replayed(to, this.#epoch)
    this.#phase = 'live'
    this.loose = false
    this.#hands.give('frame', frame)
    this.#turnLive()
  }

  #turnLive() {
    this.#wasLive = true
    this.#hands.turn('live')
  }

  /** @param {number} to everything after it comes live */
  #reset(to) {
    this.loose = false
    this.#polled.clear()
    if (this.#bot === null) {
      this.cursor.reset(to, this.#epoch)
      this.#phase = 'live'
      this.#hands.give('reset', { seq: to, epoch: this.#epoch })
      this.#turnLive()
      return
    }
    this.#phase = 'resetting'
    this.#loading = new AbortController()
    void this.#load(this.#bot, to, this.#loading.signal)
  }

  /**
   * @param {string} bot_id
   * @param {number} to
   * @param {AbortSignal} signal
   */
  async #load(bot_id, to, signal) {
    const { env, api, options } = this.#core
    const backoff = new Backoff({ ...options.backoff, attempts: Infinity }, env.random)
    let told = false
    for (;;) {
      try {
        const snapshot = await api.getSnapshot({ bot_id }, { signal })
        if (signal.aborted) return
        // An older state than the point from which events come live would leave a gap.
        if (snapshot.seq >= to && (this.#epoch === null || snapshot.epoch === this.#epoch)) {
          this.#loaded(snapshot)
          return
        }
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ColloquyError && error.status === 404 && error.problem !== null) {
          this.end('not_found')
          return
        }
        // What else refuses may think better of it, but a new connection would change nothing.
        if (!isPassing(error) && !told) this.#core.report(error, 'loading the state anew')
        told ||= !isPassing(error)
      }
      const wait = backoff.next() ?? options.backoff.max
      try {
        await sleep(env, Math.max(wait, 100), signal)
      } catch {
        return
      }
    }
  }

  /** @param {import('./schema.js').SnapshotView} snapshot */
  #loaded(snapshot) {
    const held = this.#held
    const { seq, epoch } = snapshot
    this.#stopLoading()
    this.cursor.reset(seq, epoch)
    this.#phase = 'live'
    this.#hands.give('reset', { seq, epoch, snapshot })
    // Pieces of an answer whose end is in the snapshot would bring it back to life.
    const ended = new Set()
    for (const frame of held) if (frame.type === 'chat_message' && frame.seq <= seq) ended.add(frame.data.message_id)
    for (const frame of held) {
      const piece = frame.type === 'chat_message_delta' || frame.type === 'answer_status'
      if (!piece || !ended.has(frame.data.message_id)) this.#pass(frame)
    }
    this.#turnLive()
  }

  #stopLoading() {
    this.#loading?.abort()
    this.#loading = null
    this.#held = []
  }
}
