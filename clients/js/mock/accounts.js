// Accounts and tokens: registering, logging in, refreshing, logging out, tickets. A family of tokens is one log-in; its
// end closes its sockets with 4001 before the call is answered.

import { badCredentials, badRefresh, invalid, nameTaken } from './problems.js'

/** @typedef {import('./types.js').Access} Access */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./world.js').World} World */

const TICKET = 30_000

/** @param {User} user */
export function userView({ password: _, ...user }) {
  return user
}

/**
 * @param {World} world
 * @param {Json} body
 */
export function register(world, { username, password, email = null }) {
  const errors = /** @type {Array<[string, string]>} */ ([])
  if (typeof username !== 'string') errors.push(['username', 'is required'])
  else if (!/^[\p{L}\p{N}._-]{3,32}$/u.test(username)) errors.push(['username', 'must have 3 to 32 characters'])
  if (typeof password !== 'string') errors.push(['password', 'is required'])
  else if (password.length < 8 || password.length > 256) errors.push(['password', 'must have 8 to 256 characters'])
  if (errors.length) throw invalid(...errors)
  if (world.userNamed(username)) throw nameTaken()
  const first = world.users.size === 0
  /** @type {User} */
  const user = {
    id: world.id(), username, email, role: first ? 'admin' : 'member', platform_admin: first, disabled: false,
    created_at: world.time(), password,
  }
  world.users.set(user.id, user)
  return logIn(world, user)
}

/**
 * @param {World} world
 * @param {Json} body
 */
export function logInWith(world, { username, password }) {
  const user = world.userNamed(username) ?? [...world.users.values()].find(({ email }) => email && email === username)
  if (!user || user.password !== password || user.disabled) throw badCredentials()
  return logIn(world, user)
}

/**
 * A new family of tokens.
 * @param {World} world
 * @param {User} user
 */
export function logIn(world, user) {
  return pair(world, user, world.id())
}

/**
 * @param {World} world
 * @param {User} user
 * @param {string} family
 */
function pair(world, user, family) {
  const [token, refresh_token] = [jwt(world, user), `mock-refresh-${world.id()}`]
  world.tokens.set(token, { token, user_id: user.id, family, expires_at: world.now() + world.accessToken, withdrawn: false })
  world.refreshes.set(refresh_token, { user_id: user.id, family, next: null, used: false })
  return {
    user: userView(user), access_token: token, refresh_token, token_type: 'Bearer', expires_in: Math.floor(world.accessToken / 1000),
  }
}

/** Of the shape of the server's, and signed by nobody: no server would take it. @param {World} world @param {User} user */
function jwt(world, user) {
  const now = Math.floor(world.now() / 1000)
  const claims = { iss: 'mock', sub: user.id, jti: world.id(), iat: now, exp: now + Math.floor(world.accessToken / 1000) }
  const [head, body] = [{ typ: 'JWT', alg: 'none' }, claims].map((part) => btoa(JSON.stringify(part)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''))
  return `${head}.${body}.mock`
}

/**
 * Rotates. The directly preceding token gives the same pair again; anything older ends the family.
 * @param {World} world
 * @param {Json} body
 */
export function refresh(world, { refresh_token }) {
  if (typeof refresh_token !== 'string') throw invalid(['refresh_token', 'is required'])
  const found = world.refreshes.get(refresh_token)
  const user = found && world.users.get(found.user_id)
  if (!found || !user || user.disabled) throw badRefresh()
  if (found.next) {
    if (world.refreshes.get(found.next.refresh_token)?.used === false) return found.next
    endFamily(world, found.family)
    throw badRefresh()
  }
  found.used = true
  found.next = pair(world, user, found.family)
  return found.next
}

/**
 * @param {World} world
 * @param {Access} access
 * @param {boolean} [all]
 */
export function logOut(world, access, all = false) {
  const families = all ? [...world.tokens.values()].filter(({ user_id }) => user_id === access.user_id).map(({ family }) => family) : [access.family]
  for (const family of new Set(families)) endFamily(world, family)
}

/**
 * @param {World} world
 * @param {string} family
 */
export function endFamily(world, family) {
  const user = [...world.tokens.values()].find((access) => access.family === family)?.user_id
  if (user) world.stream(user).skip()
  for (const access of world.tokens.values()) if (access.family === family) access.withdrawn = true
  for (const [token, { family: of }] of world.refreshes) if (of === family) world.refreshes.delete(token)
  for (const peer of [...world.peers]) if (peer.access?.family === family) peer.close(4001)
}

/**
 * @param {World} world
 * @param {Access} access
 */
export function createTicket(world, access) {
  const ticket = `mock-ticket-${world.id()}`
  world.tickets.set(ticket, { user_id: access.user_id, expires_at: world.now() + TICKET, access })
  return { ticket, expires_in: TICKET / 1000 }
}

/**
 * The access of a socket's credential: the first that is present counts.
 * @param {World} world
 * @param {{ticket?: string | null, token?: string | null, bearer?: string | null, protocol?: string | null}} given
 * @returns {Access}
 */
export function accessOf(world, { ticket, token, bearer, protocol }) {
  if (ticket === undefined || ticket === null) return world.authenticate(token ?? bearer ?? protocol)
  const found = world.tickets.get(ticket)
  world.tickets.delete(ticket)
  return world.authenticate(found && found.expires_at > world.now() ? found.access.token : 'none')
}
