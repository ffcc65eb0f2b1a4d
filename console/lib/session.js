// Who is signed in, and the one client that the whole console shares. Tabs share the log-in through localStorage.
// What a bot or a person's notifications look like right now is the client's state layer, not this module.

import { Colloquy, ColloquyError, localStorageOutbox, localStorageTokens } from '../colloquy/index.js'

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

/** At the start: are there tokens, and whose are they? Never rejects; without an answer `error` says so. @returns {Promise<{ error?: unknown }>} */
export async function resume() {
  try {
    session.user = colloquy.signedIn ? await colloquy.whoAmI() : null
  } catch (error) {
    if (!isSignedOut(error)) return { error }
    session.user = null
  }
  changed()
  return {}
}

/** @param {unknown} error */
export const isSignedOut = (error) => error instanceof Error && 'status' in error && error.status === 401

/** @param {{ username: string, password: string }} input */
export async function signIn(input) {
  await colloquy.logIn(input)
  await welcome()
}

/** @param {{ username: string, password: string, email?: string, setup_code?: string }} input */
export async function register(input) {
  await colloquy.register(input)
  await welcome()
}

async function welcome() {
  session.user = colloquy.user ?? await colloquy.whoAmI()
  session.reason = ''
  session.left = false
  changed()
}

/** @param {{ all?: boolean }} [options] */
export async function signOut(options = {}) {
  session.user = null
  session.left = true
  session.reason = options.all ? 'You are signed out everywhere.' : 'You are signed out.'
  changed()
  await colloquy.logOut(options)
}

// What goes wrong without anybody having asked for it. That the server is out of reach is told by the light.
colloquy.on('error', ({ error }) => {
  if (!(error instanceof ColloquyError && error.status === 0)) reportError(error)
})

colloquy.on('signed_out', () => {
  if (!session.user) return
  session.user = null
  session.reason = 'Your session has ended. Sign in again to go on; nothing was lost.'
  changed()
})
