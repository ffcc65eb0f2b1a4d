// A log-in in a browser's storage that refuses what is written.

import assert from 'node:assert/strict'
import test from 'node:test'

import { localStorageTokens } from '../colloquy/index.js'
import { subjectOf } from '../colloquy/tokens.js'
import { clientFor, localStorageFor } from './setup.mjs'
import { tokenOf } from './wire.mjs'

/** A server whose log-ins give tokens that have expired, and which takes each refresh token once. */
function expiring() {
  const asked = []
  let count = 0
  const pair = (sub, n = (count += 1)) => ({ access_token: tokenOf(sub, n), refresh_token: `refresh ${n}`, user: { id: sub } })
  const fetch = async (url, { headers, body }) => {
    const call = String(url).split('/').at(-1)
    asked.push(call)
    if (call === 'login') return Response.json(pair(JSON.parse(body).username))
    const good = call === 'refresh' ? JSON.parse(body).refresh_token === `refresh ${count}` : headers.Authorization === `Bearer ${tokenOf('ann', 2)}`
    if (!good) return Response.json({ status: 401, code: 'unauthorized' }, { status: 401 })
    return Response.json(call === 'refresh' ? pair('ann') : { id: 'ann' })
  }
  return { asked, fetch }
}

for (const [when, room] of [['from the start', 0], ['after the log-in', 1], ['after the first renewal', 2]]) {
  test(`a log-in holds in a browser that refuses to keep it ${when}`, async (t) => {
    localStorageFor(t, room)
    const { asked, fetch } = expiring()
    const client = clientFor(t, 'http://nowhere', null, { storage: localStorageTokens(), fetch })
    const told = []
    client.on('signed_out', ({ reason }) => told.push(reason))
    await client.logIn({ username: 'ann', password: 'secret' })
    for (let n = 0; n < 3; n += 1) await client.api.getMe()
    assert.deepEqual([asked, told], [['login', 'me', 'refresh', 'me', 'me', 'me'], []])
    await client.logOut()
    assert.deepEqual([client.signedIn, told], [false, ['logged_out']])
  })
}

test('what another tab stores counts for more than what could not be kept', async (t) => {
  const storage = localStorageFor(t, 0)
  const tokens = localStorageTokens()
  tokens.set({ access_token: tokenOf('ann', 1) })
  assert.equal(subjectOf(tokens.get()?.access_token), 'ann')
  storage.getItem = () => JSON.stringify({ access_token: tokenOf('bob', 1) })
  assert.equal(subjectOf(tokens.get()?.access_token), 'bob')
  storage.getItem = () => null
  assert.equal(tokens.get(), null)
})
