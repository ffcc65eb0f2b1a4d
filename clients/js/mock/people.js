// People of a script: registered on first mention, always logged in.

import { logIn, register } from './accounts.js'

/** @typedef {import('./types.js').MockPerson} MockPerson */
/** @typedef {import('./world.js').World} World */

const PASSWORD = 'mock password'

/** @type {WeakMap<World, Map<string, MockPerson>>} */
const known = new WeakMap()

/**
 * @param {World} world
 * @param {string} name
 * @param {{password?: string}} [how]
 * @returns {MockPerson}
 */
export function personOf(world, name, { password = PASSWORD } = {}) {
  const people = known.get(world) ?? new Map()
  known.set(world, people)
  const there = people.get(name)
  if (there) return there
  // Somebody who registered over REST has a name too.
  const user = world.userNamed(name)
  const { user: { id, username }, access_token, refresh_token } = user ? logIn(world, user) : register(world, { username: name, password })
  const person = { id, username, password: user?.password ?? password, tokens: { access_token, refresh_token } }
  people.set(name, person)
  return person
}
