// REST calls and the log-in, through the real server: arguments, errors, retries, tokens.

import assert from 'node:assert/strict'
import test, { before, after } from 'node:test'

import { ColloquyError } from '../colloquy/index.js'
import { operations } from '../colloquy/operations.js'
import { cast, clientFor, next, Person, proxyFor, startServer } from './setup.mjs'

let server
before(async () => (server = await startServer()))
after(() => server.close())

test('somebody registers, makes a bot and reads it back', async (t) => {
  const client = clientFor(t, server.url)
  const user = await client.register({ username: `ann-${process.pid}`, password: 'correct horse' })
  assert.deepEqual([client.user?.username, client.signedIn], [user.username, true])
  const bot = await client.api.createBot({ name: 'Librarian', settings: { tone: 'dry' } })
  assert.equal((await client.api.getBot({ bot_id: bot.id })).name, 'Librarian')
  const { items } = await client.api.listBots({ q: 'Libr', limit: 5 })
  assert.deepEqual(items.map(({ id }) => id), [bot.id])
  assert.equal(await client.api.deleteBot({ bot_id: bot.id }), undefined)
  assert.equal((await client.whoAmI()).id, user.id)
})

test('every operation of the contract is there as a call', () => {
  const client = clientFor({ after: () => {} }, server.url)
  assert.deepEqual(Object.keys(client.api).sort(), Object.keys(operations).sort())
  client.close()
})

test('an error says what the server said, and nothing secret', async (t) => {
  const { viewer, owner, bot } = await cast(server.url)
  const client = clientFor(t, server.url, viewer)
  const refused = await client.api.changeBot({ bot_id: bot.id, name: 'Mine' }).catch((error) => error)
  assert.ok(refused instanceof ColloquyError)
  assert.deepEqual([refused.status, refused.problem.needed_role, typeof refused.requestId], [403, 'editor', 'string'])
  const wrong = await client.api.createBot({ name: '', model: 'x'.repeat(500) }).catch((error) => error)
  assert.deepEqual([wrong.status, wrong.errors.map(({ field }) => field).sort()], [422, ['model', 'name']])
  const mine = clientFor(t, server.url, owner)
  const stale = await mine.api.changeBot({ bot_id: bot.id, name: 'New' }, { ifMatch: 99 }).catch((error) => error)
  assert.deepEqual([stale.status, stale.current.version], [412, 1])
  assert.equal((await mine.api.changeBot({ bot_id: bot.id, name: 'New' }, { ifMatch: 1 })).version, 2)
  for (const error of [refused, wrong, stale]) {
    const shown = JSON.stringify([error, error.message, error.stack, error.cause])
    for (const token of [viewer.tokens.access_token, owner.tokens.access_token]) assert.ok(!shown.includes(token))
  }
})

test('bad arguments are told at once, before anything is sent', async (t) => {
  const client = clientFor(t, server.url, await Person.register(server.url))
  await assert.rejects(client.api.getBot({}), /getBot needs bot_id/)
  await assert.rejects(client.api.getBot({ bot_id: 'x', name: 'y' }), /getBot takes no name/)
  await assert.rejects(client.api.getBot({ bot_id: 'x' }, { idempotencyKey: 'k' }), /takes no idempotency key/)
  await assert.rejects(client.api.uploadDocument({ bot_id: 'x', file: 'text' }), /needs a file/)
  await assert.rejects(client.api.getBot({ bot_id: '..' }), { status: 404 })
  assert.throws(() => client.channel('nonsense/..'), TypeError)
  assert.throws(() => clientFor(t, 'ftp://x'), /http/)
  assert.throws(() => clientFor(t, server.url, null, { transport: ['sse'] }), /no option transport/)
  assert.throws(() => clientFor(t, server.url, null, { transports: ['smoke'] }), /transports are some of/)
})

test('a document goes up with its name and comes down as it was', async (t) => {
  const { owner, bot } = await cast(server.url)
  const client = clientFor(t, server.url, owner)
  const text = 'Ladders stand in the shed.\n'.repeat(50)
  const document = await client.api.uploadDocument({ bot_id: bot.id, file: new File([text], 'tools.md', { type: 'text/markdown' }) })
  assert.equal(document.filename, 'tools.md')
  const again = await client.api.uploadDocument({ bot_id: bot.id, file: new Blob([text]), filename: 'same.md' }).catch((error) => error)
  assert.deepEqual([again.status, again.problem.document_id], [409, document.id])
  const response = await client.api.downloadDocument({ document_id: document.id })
  assert.equal(await response.text(), text)
})

test('the same key makes a thing once, and every post has a key', async (t) => {
  const person = await Person.register(server.url)
  const proxy = await proxyFor(t, server)
  const client = clientFor(t, proxy.url, person)
  const [first, second] = [await client.api.createBot({ name: 'One' }, { idempotencyKey: 'k1' }), await client.api.createBot({ name: 'One' }, { idempotencyKey: 'k1' })]
  assert.equal(first.id, second.id)
  // The answer is lost on the way; the call is repeated by itself.
  proxy.loseAnswers(({ method, path }) => method === 'POST' && path.endsWith('/bots'))
  const third = await client.api.createBot({ name: 'Two' })
  const { items } = await client.api.listBots({})
  assert.deepEqual(items.map(({ id }) => id).sort(), [first.id, third.id].sort())
})

test('without an answer it is an error of the network, after the retries', async (t) => {
  const person = await Person.register(server.url)
  const proxy = await proxyFor(t, server)
  await proxy.refuse()
  const client = clientFor(t, proxy.url, person)
  const error = await client.api.getMe({}, { retries: 1 }).catch((error) => error)
  assert.deepEqual([error.status, error.code], [0, 'network'])
  const control = new AbortController()
  const reason = new Error('changed my mind')
  control.abort(reason)
  await assert.rejects(client.api.getMe({}, { signal: control.signal }), reason)
})

test('a call that is not answered in time ends, and can be tried again', async (t) => {
  const person = await Person.register(server.url)
  const proxy = await proxyFor(t, server)
  const client = clientFor(t, proxy.url, person)
  proxy.blackHole()
  const error = await client.api.getMe({}, { timeout: 100, retries: 0 }).catch((error) => error)
  assert.equal(error.code, 'network')
  await proxy.heal()
  assert.equal((await client.api.getMe()).username, person.username)
})

test('many calls with a token that is refused refresh it once', async (t) => {
  const person = await Person.register(server.url)
  const proxy = await proxyFor(t, server)
  const client = clientFor(t, proxy.url, null, { tokens: { ...person.tokens, access_token: 'spoilt' } })
  const tokens = []
  client.on('tokens', (pair) => tokens.push(pair))
  const names = await Promise.all(Array.from({ length: 10 }, async () => (await client.api.getMe()).username))
  assert.deepEqual(names, Array(10).fill(person.username))
  assert.equal(proxy.requests.filter(({ path }) => path.endsWith('/auth/refresh')).length, 1)
  assert.equal(tokens.length, 1)
})

test('a refresh that nobody answers leaves the log-in alone; one that is refused ends it', async (t) => {
  const person = await Person.register(server.url)
  const proxy = await proxyFor(t, server)
  const tokens = { access_token: 'spoilt', refresh_token: person.tokens.refresh_token }
  const client = clientFor(t, proxy.url, null, { tokens })
  await proxy.refuse()
  await assert.rejects(client.api.getMe({}, { retries: 0 }), { code: 'network' })
  assert.equal(client.signedIn, true)
  await proxy.heal()
  // A proxy's own page of refusal means nothing either.
  const heal = proxy.refusePaths(/auth/, 401)
  await assert.rejects(client.api.getMe({}, { retries: 0 }), { status: 401 })
  assert.equal(client.signedIn, true)
  heal()
  assert.equal((await client.api.getMe()).username, person.username)
  await person.logOut(true)
  const out = next(client, 'signed_out')
  await assert.rejects(client.api.getMe(), { status: 401 })
  assert.deepEqual([(await out).reason, client.signedIn], ['refused', false])
  await assert.rejects(client.api.getMe(), { code: 'signed_out' })
})

test('an own source of tokens is asked again when one is refused, and null means signed out', async (t) => {
  const person = await Person.register(server.url)
  const asked = []
  const answers = ['spoilt', person.tokens.access_token]
  const getToken = async ({ reason }) => {
    asked.push(reason)
    return answers[asked.length - 1]
  }
  const client = clientFor(t, server.url, null, { getToken })
  assert.equal((await client.api.getMe()).username, person.username)
  assert.deepEqual(asked, ['missing', 'rejected'])
  const nobody = clientFor(t, server.url, null, { getToken: () => null })
  const out = next(nobody, 'signed_out')
  await assert.rejects(nobody.api.getMe(), { code: 'signed_out' })
  assert.equal((await out).reason, 'no_token')
})

test('what cannot be a token is told without telling it', async (t) => {
  const secret = 'a secret with a line\n'
  assert.throws(() => clientFor(t, server.url, null, { tokens: { access_token: secret } }), (error) => error instanceof TypeError && !error.stack.includes('secret with'))
  const client = clientFor(t, server.url, null, { getToken: () => secret })
  await assert.rejects(client.api.getMe(), (error) => error instanceof TypeError && !String(error.stack + error.cause).includes('secret with'))
  const told = next(client, 'error')
  client.connect()
  assert.match((await told).error.message, /getToken: that is no access token/)
})

test('clients that share a place for tokens share a log-in', async (t) => {
  const person = await Person.register(server.url)
  const proxy = await proxyFor(t, server)
  let pair = { access_token: 'spoilt', refresh_token: person.tokens.refresh_token }
  const storage = { get: () => pair, set: (next) => (pair = next) }
  const [one, two] = [clientFor(t, proxy.url, null, { storage }), clientFor(t, proxy.url, null, { storage })]
  await one.api.getMe()
  assert.notEqual(pair.access_token, 'spoilt')
  const taken = []
  two.on('tokens', (tokens) => taken.push(tokens))
  await two.api.getMe()
  assert.deepEqual(taken, [pair], 'it took up what the other had got')
  assert.equal(proxy.requests.filter(({ path }) => path.endsWith('/auth/refresh')).length, 1)
  await one.logOut()
  assert.equal(two.signedIn, false)
})

test('logging out ends sockets quietly, once, and without asking for a new token', async (t) => {
  const { owner, bot } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  const client = clientFor(t, proxy.url, await owner.again())
  const told = []
  client.on('signed_out', (event) => told.push(event))
  const channel = client.bot(bot.id)
  await next(channel, 'state', ({ state }) => state === 'live')
  await client.logOut()
  assert.deepEqual([told, client.state, channel.state], [[{ reason: 'logged_out' }], 'closed', 'away'])
  assert.equal(proxy.requests.filter(({ path }) => path.endsWith('/auth/refresh')).length, 0)
  const live = next(channel, 'state', ({ state }) => state === 'live')
  await client.logIn({ username: owner.username, password: owner.password })
  await live
})
