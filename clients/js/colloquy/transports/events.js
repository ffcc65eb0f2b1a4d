// What event streams and polls have in common: whose stream it is, which part of it is wanted, and where to begin.

import { codeOfStatus, LOST } from '../closes.js'
import { ColloquyError } from '../error.js'

/** @import { Core } from '../core.js' */
/** @import { Intake } from '../intake.js' */
/** @import { AttemptEvents } from './socket.js' */

/** No stream gets so far: asked for what comes after it, the server answers where the stream is. */
const BEYOND = Number.MAX_SAFE_INTEGER

/** Requests that are kept open now. */
let open = 0

/**
 * Takes one of the requests that may be kept open; null: there is none left. Gives what gives it back.
 * @param {Core} core
 * @returns {(() => void) | null}
 */
export function keepOpen(core) {
  if (open >= core.env.page.spare) return null
  open += 1
  let mine = true
  return () => {
    if (mine) open -= 1
    mine = false
  }
}

/**
 * @typedef {object} Place
 * @property {string} bot
 * @property {string | null} session the only one of which events are wanted
 * @property {number} since
 * @property {string | null} epoch
 */

/**
 * Where a channel goes on. Who knows nothing of the past begins at the stream's head.
 * @param {Core} core
 * @param {string} name
 * @param {Intake} intake
 * @param {AbortSignal} signal
 * @returns {Promise<Place>}
 */
export async function placeOf(core, name, intake, signal) {
  const session = name.startsWith('session:') ? name.slice(8) : null
  const options = { signal, retries: 0 }
  const bot = session === null ? name.slice(4) : (await core.api.getSession({ session_id: session }, options)).bot_id
  const ask = intake.cursor.ask()
  if (ask !== null) return { bot, session, since: ask.since, epoch: ask.epoch ?? null }
  const head = await core.api.listEvents({ bot_id: bot, since: BEYOND, limit: 1 }, options)
  intake.cursor.reset(head.seq, head.epoch)
  return { bot, session, since: head.seq, epoch: head.epoch }
}

/**
 * @param {Place} place
 * @param {any} frame
 */
export function wants({ session }, frame) {
  if (session === null) return true
  return (frame.data?.session_id ?? frame.data?.session?.id) === session
}

/**
 * What a failed request means for a connection.
 * @param {unknown} error
 * @param {AttemptEvents} events
 * @param {(error: unknown) => void} report
 */
export function closeBy(error, events, report) {
  if (!(error instanceof ColloquyError)) {
    report(error)
    events.close(LOST, 'failed')
    return
  }
  if (error.code === 'signed_out') events.close(4001, 'nobody is logged in')
  // Refused by something in between: nothing that the server means.
  else if (error.status > 0 && error.status < 500 && error.problem === null) events.close(LOST, 'refused on the way')
  else events.close(codeOfStatus(error.status), error.code, error.retryAfter)
}
