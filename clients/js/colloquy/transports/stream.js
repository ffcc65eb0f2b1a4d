// Server-Sent Events read from a `fetch`, since EventSource can send no header. Durable events only; a comment every 15 s shows
// that the stream is alive.

import { LOST } from '../closes.js'
import { Asking } from './asking.js'
import { placeOf, wants } from './events.js'

/** @import { Core } from '../core.js' */
/** @import { Intake } from '../intake.js' */
/** @import { AttemptEvents } from './socket.js' */

/** Two comments missed, and a bit. */
const SILENCE = 40_000

export class Stream extends Asking {
  #core
  #name
  #intake
  #events
  /** @type {any} */
  #timer = null
  /** @type {import('./events.js').Place | null} */
  #place = null
  #open = false
  #release

  /**
   * @param {Core} core
   * @param {string} name
   * @param {Intake} intake
   * @param {AttemptEvents} events
   * @param {() => void} release gives the open request back
   */
  constructor(core, name, intake, events, release) {
    super()
    this.#release = release
    this.#core = core
    this.#name = name
    this.#intake = intake
    this.#events = events
    void this.run(events, () => {}, () => this.#stream())
  }

  /** @override */
  close() {
    this.#core.env.timers.clearTimeout(this.#timer)
    super.close()
    this.#release()
  }

  async #stream() {
    const { signal } = this
    const place = (this.#place = await placeOf(this.#core, this.#name, this.#intake, signal))
    this.#patience(this.#core.options.connectTimeout)
    const response = await this.#core.api.streamEvents(
      { bot_id: place.bot, since: place.since, epoch: place.epoch },
      { signal, retries: 0, headers: { Accept: 'text/event-stream' } },
    )
    const kind = response.headers.get('content-type') ?? ''
    if (!kind.startsWith('text/event-stream') || response.body === null) throw new Error('not an event stream')
    await this.#read(response.body)
    this.#end(LOST, 'the stream ended')
  }

  /** @param {ReadableStream<Uint8Array>} body */
  async #read(body) {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (this.signal.aborted || done) return
      this.#patience(SILENCE)
      const text = rest + decoder.decode(value, { stream: true })
      const end = text.lastIndexOf('\n\n')
      if (end < 0) {
        rest = text
        continue
      }
      rest = text.slice(end + 2)
      for (const piece of text.slice(0, end).split('\n\n')) {
        this.#piece(piece)
        if (this.signal.aborted) return
      }
    }
  }

  /** @param {string} piece the lines between two empty ones */
  #piece(piece) {
    if (!this.#open) {
      // The server speaks at once, so that an intermediary that holds everything back shows.
      this.#open = true
      this.#events.open({ data: { bot_id: this.#place?.bot } })
    }
    let type = ''
    let data = ''
    for (const line of piece.split('\n')) {
      if (line.startsWith('data: ')) data += line.slice(6)
      else if (line.startsWith('event: ')) type = line.slice(7)
      else if (line.startsWith('id: ')) this.#intake.lives(line.slice(4).split(':')[0])
    }
    if (data === '' || this.signal.aborted) return
    const parsed = JSON.parse(data)
    if (type === 'end') this.#end(parsed.code, 'the server ended the stream')
    else this.#give(type === 'replay_complete' ? { type, bot_id: this.#place?.bot, data: parsed } : parsed, data)
  }

  /**
   * @param {any} frame
   * @param {string} text
   */
  #give(frame, text) {
    if (this.#core.tapped) this.#core.tap('in', this.#name, frame, text)
    if (frame.type === 'replay_complete' || (this.#place && wants(this.#place, frame))) this.#events.frame(frame)
  }

  /** @param {number} ms */
  #patience(ms) {
    const { timers } = this.#core.env
    timers.clearTimeout(this.#timer)
    this.#timer = timers.setTimeout(() => this.#end(LOST, 'no sign of life'), ms)
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #end(code, reason) {
    if (this.signal.aborted) return
    this.close()
    this.#events.close(code, reason)
  }
}
