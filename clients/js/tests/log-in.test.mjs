// Who is logged in, where that changes at a bad moment: in another tab, while one logs out, while a call is under way.

import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'

import { cast, clientFor, Ear, next, proxyFor, startServer, until } from './setup.mjs'
import { subjectOf } from '../colloquy/tokens.js'
import { tokenOf } from './wire.mjs'

let server
before(async () => (server = await startServer()))
after(() => server.close())

/** A place for tokens that two share, as tabs do; what the other one stores is told by nobody. */
function place(pair) {
  return { pair, get() { return this.pair }, set(next) { this.pair = next } }
}

const ABOUT_MESSAGES = ({ path, method }) => method === 'POST' && path.endsWith('/messages')

test('a message that waits is not posted as the one who has logged in elsewhere meanwhile', async (t) => {
  const { owner, editor, session } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  const storage = place(owner.tokens)
  const client = clientFor(t, proxy.url, null, { storage })
  const heal = proxy.refusePaths(/messages/, 503)
  const sent = client.send(session.id, 'words of the owner', { reply: false })
  await proxy.request(ABOUT_MESSAGES, { from: 0 })
  const told = next(client, 'tokens')
  storage.pair = editor.tokens
  await assert.rejects(sent.result, { code: 'signed_out' })
  assert.equal((await told).access_token, editor.tokens.access_token)
  heal()
  const mine = client.send(session.id, 'words of the editor', { reply: false })
  await mine.result
  assert.deepEqual((await owner.messages(session)).map(({ content, user_id }) => [content, user_id]), [['words of the editor', editor.id]])
})

const problem = (status, code) => Response.json({ status, code, title: code }, { status })

for (const [what, answer] of [
  ['refused for its token', () => problem(401, 'unauthorized')],
  ['refused for now', () => problem(503, 'unavailable')],
  ['not answered', () => Promise.reject(new TypeError('fetch failed'))],
]) {
  test(`a call that was ${what} is not repeated as the one who has logged in meanwhile`, async (t) => {
    const storage = place({ access_token: tokenOf('ann', 1), refresh_token: 'r' })
    const callers = []
    const client = clientFor(t, 'http://nowhere', null, {
      storage,
      random: () => 0,
      fetch: async (_, { headers }) => {
        callers.push(subjectOf(headers.Authorization))
        storage.pair = { access_token: tokenOf('bob', 1), refresh_token: 's' }
        return callers.length === 1 ? answer() : Response.json({ id: '1' }, { status: 201 })
      },
    })
    await assert.rejects(client.api.createBot({ name: 'Of Ann' }), { code: 'signed_out' })
    assert.deepEqual([callers, client.signedIn], [['ann'], true])
    await client.api.createBot({ name: 'Of Bob' })
    assert.deepEqual(callers, ['ann', 'bob'])
  })
}

test('who has logged in elsewhere gets channels of their own, also where nothing tells of it', async (t) => {
  const { owner, stranger, bot } = await cast(server.url)
  const storage = place(owner.tokens)
  const client = clientFor(t, server.url, null, { storage })
  const channel = client.bot(bot.id)
  await channel.ready()
  const refused = next(channel, 'state', ({ state }) => state === 'ended')
  storage.pair = stranger.tokens
  assert.equal((await client.whoAmI()).id, stranger.id)
  assert.equal((await refused).code, 'not_found')
})

test('a log-out elsewhere is told with the next call, once', async (t) => {
  const { owner } = await cast(server.url)
  const storage = place(owner.tokens)
  const client = clientFor(t, server.url, null, { storage })
  await client.whoAmI()
  const told = []
  client.on('signed_out', ({ reason }) => told.push(reason))
  storage.pair = null
  await assert.rejects(client.api.getMe(), { code: 'signed_out' })
  await assert.rejects(client.api.getMe(), { code: 'signed_out' })
  assert.deepEqual([told, client.user], [['elsewhere'], null])
})

/** The same tokens, of which the server refuses the first: what it says of the person still stands in it. */
const expired = ({ access_token, refresh_token }) => ({ access_token: `${access_token.slice(0, -6)}AAAAAA`, refresh_token })

test('logging out with a token that has expired connects and sends nothing any more', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  await proxy.refuse()
  const slow = { backoff: { min: 10_000, max: 10_000 }, random: () => 1 }
  const client = clientFor(t, proxy.url, null, { tokens: expired((await owner.again()).tokens), ...slow })
  const told = []
  client.on('signed_out', ({ reason }) => told.push(reason))
  const away = next(client, 'state', ({ state }) => state === 'reconnecting')
  client.bot(bot.id)
  const sent = client.send(session.id, 'written offline', { reply: false })
  await Promise.all([away, until(() => sent.status === 'waiting' && sent.tried, 'a first try')])
  await proxy.heal()
  const from = proxy.requests.length
  await client.logOut()
  await proxy.quietFor(200)
  assert.deepEqual(proxy.requests.slice(from).map(({ path }) => path.split('/').at(-1)), ['logout', 'refresh', 'logout'])
  assert.deepEqual([told, client.state, sent.status], [['logged_out'], 'closed', 'waiting'])
})

test('who logs out and is refused a new token for it has logged out all the same', async (t) => {
  const { owner } = await cast(server.url)
  const device = await owner.again()
  const client = clientFor(t, server.url, null, { tokens: expired(device.tokens) })
  await device.logOut()
  const told = []
  client.on('signed_out', ({ reason }) => told.push(reason))
  await client.logOut()
  assert.deepEqual([told, client.signedIn], [['logged_out'], false])
})

test('who one is, answered after somebody else has logged in, changes nothing', async (t) => {
  const { owner, viewer } = await cast(server.url)
  let release
  const held = new Promise((resolve) => (release = resolve))
  const late = async (url, init) => {
    const answer = await fetch(url, init)
    if (String(url).endsWith('/auth/me')) await held
    return answer
  }
  const client = clientFor(t, server.url, await owner.again(), { fetch: late })
  const first = client.whoAmI()
  await client.logIn({ username: viewer.username, password: viewer.password })
  release()
  assert.equal((await first).id, owner.id)
  assert.equal(client.user?.id, viewer.id)
  const second = client.whoAmI()
  await client.logOut()
  await second.catch(() => {})
  assert.equal(client.user, null)
})

test('what was refused to one person is asked for again as the next one', async (t) => {
  const { owner, stranger, bot, session } = await cast(server.url)
  const client = clientFor(t, server.url, await stranger.again())
  const ear = new Ear(client.bot(bot.id))
  const state = client.watch(bot.id)
  await ear.until(() => ear.channel.state === 'refused', 'the refusal')
  await until(() => state.get().status === 'gone', 'nothing to be had')
  await client.logIn({ username: owner.username, password: owner.password })
  await ear.live()
  await until(() => state.get().status === 'live', 'the state of the other one')
  await owner.post(session, 'for the owner')
  await ear.text('for the owner')
  assert.deepEqual([ear.states, state.get().role], [['refused', 'joining', 'live'], 'owner'])
})
