// Who is signed in, and the one client that the whole console shares. Tabs share the log-in through localStorage.
// What a bot or a person's notifications look like right now is the client's state layer, not this module.

import { Colloquy, ColloquyError, localStorageOutbox, localStorageTokens } from '../colloquy/index.js'
import { subjectOf } from '../colloquy/tokens.js'

const KEY = 'colloquy.tokens'

const tokens = localStorageTokens(KEY)

/** What was written without a connection outlives the page. */
export const colloquy = new Colloquy({ storage: tokens, outbox: { storage: localStorageOutbox() } })

/** The present access token, for people who take a command to a terminal. */
export const storedToken = () => tokens.get()?.access_token ?? null

/** @typedef {import('../colloquy/schema.js').User} User */

export const session = {
  /** @type {User | null} */
  user: null,
  /** Why the sign-in page is shown: '' at the start, else one sentence. */
  reason: '',
  /** The person chose to leave: whoever signs in next begins anew. */
  left: false,
  /** @returns {boolean} */
  get admin() {
    return Boolean(this.user && (this.user.role === 'admin' || this.user.platform_admin))
  },
}

/** @type {Set<() => void>} */
const watchers = new Set()

/** @param {() => void} fn @returns {() => void} */
export function onSession(fn) {
  watchers.add(fn)
  return () => { watchers.delete(fn) }
}

function changed() {
  for (const fn of [...watchers]) fn()
}

/** Whose tokens are stored. */
const holder = () => subjectOf(storedToken())

/** @type {Promise<{ error?: unknown }> | null} */
let resuming = null

/** Are there tokens, and whose are they? Never rejects; without an answer `error` says so. @returns {Promise<{ error?: unknown }>} */
export function resume() {
  resuming ??= lookWho().finally(() => { resuming = null })
  return resuming
}

async function lookWho() {
  /** @type {string | null} */
  let asked
  try {
    // Another tab may change the person while it is asked.
    do {
      asked = holder()
      session.user = colloquy.signedIn ? await colloquy.whoAmI() : null
    } while (holder() !== asked)
  } catch (error) {
    if (!isSignedOut(error)) return { error }
    session.user = null
  }
  if (session.user) Object.assign(session, { reason: '', left: false })
  changed()
  return {}
}

/** @param {unknown} error */
export const isSignedOut = (error) => error instanceof Error && 'status' in error && error.status === 401

/** A log-in or log-out of this very tab is under way: what becomes of the tokens is no news. */
let busy = false

/** @param {() => Promise<unknown>} work */
async function change(work) {
  busy = true
  try {
    await work()
  } finally {
    busy = false
  }
}

/** @param {{ username: string, password: string }} input */
export async function signIn(input) {
  await change(() => colloquy.logIn(input))
  await welcome()
}

/** @param {{ username: string, password: string, email?: string, setup_code?: string }} input */
export async function register(input) {
  await change(() => colloquy.register(input))
  await welcome()
}

async function welcome() {
  session.user = colloquy.user ?? await colloquy.whoAmI()
  session.reason = ''
  session.left = false
  changed()
}

/** Here it is over at once. Rejects with `all`, when the server did not end the other log-ins. @param {{ all?: boolean, reason?: string }} [options] */
export async function signOut({ reason = 'You are signed out.', ...options } = {}) {
  session.user = null
  session.left = true
  session.reason = reason
  changed()
  await change(() => colloquy.logOut(options))
  if (!options.all) return
  session.reason = 'You are signed out everywhere.'
  changed()
}

// What goes wrong without anybody having asked for it. That the server is out of reach is told by the light.
colloquy.on('error', ({ error }) => {
  if (!(error instanceof ColloquyError && error.status === 0)) reportError(error)
})

// Another tab signed in as somebody: this one follows, and nothing of the person before stays.
colloquy.on('tokens', (pair) => {
  if (!pair || busy || resuming || subjectOf(pair.access_token) === session.user?.id) return
  if (session.user) {
    session.user = null
    session.left = true
    session.reason = 'Somebody else has signed in with this browser.'
    changed()
  }
  resume()
})

colloquy.on('signed_out', () => {
  if (!session.user) return
  session.user = null
  session.reason = 'Your session has ended. Sign in again to go on. Messages you had begun are still there.'
  changed()
})
