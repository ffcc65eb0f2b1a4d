// The mock server from the side of those who write tests with it: its script, a client on it without a network, a React
// page on it. That it is like the real server is tested with the conformance suite.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Colloquy } from '../colloquy/index.js'
import { mockServer } from '../mock/index.js'
import { Ear } from './setup.mjs'

const QUICK = { backoff: { min: 5, max: 50 }, connectTimeout: 500 }

/** A mock with ann's bot, bob as a viewer, a session, and a client of bob's that is live on the bot. */
async function stage(t, { mock = {}, client = {} } = {}) {
  const server = mockServer(mock)
  t.after(() => server.stop())
  const bot = server.bot({ owner: 'ann' })
  server.grant(bot, 'bob')
  const session = server.session(bot, { title: 'First', auto_reply: false })
  const colloquy = new Colloquy({ ...server.as('bob'), ...QUICK, ...client })
  t.after(() => colloquy.close())
  const ear = new Ear(colloquy.bot(bot.id))
  await ear.live()
  return { server, bot, session, colloquy, ear }
}

/** The next thing that the client tells about itself. */
const once = (colloquy, type, holds = () => true) => new Promise((found) => {
  const off = colloquy.on(type, (value) => holds(value) && (off(), found(value)))
})

test('a client runs on it without a network', async (t) => {
  const { server, session, colloquy, ear } = await stage(t)
  server.post(session, 'ann', 'Hello Bob')
  await ear.text('Hello Bob')
  const { message } = await colloquy.send(session.id, 'Hello Ann', { reply: false }).result
  await ear.text('Hello Ann')
  assert.equal(message.username, 'bob')
  const { items } = await colloquy.api.listMessages({ session_id: session.id })
  assert.deepEqual(items.map(({ content }) => content), ['Hello Bob', 'Hello Ann'])
})

test('spread into options, it is what a client takes and nothing else', () => {
  const server = mockServer({ url: 'http://chat.example/' })
  assert.deepEqual(Object.keys({ ...server }).sort(), ['WebSocket', 'fetch', 'url'])
  assert.equal(server.url, 'http://chat.example')
  assert.deepEqual(Object.keys(server.as('ann')).sort(), ['WebSocket', 'fetch', 'tokens', 'url'])
})

test('the same script has the same ids and numbers in every run', () => {
  const runs = [1, 2].map(() => {
    const server = mockServer()
    const bot = server.bot({ owner: 'ann' })
    return server.post(server.session(bot), 'ann', 'Hello').id
  })
  assert.equal(runs[0], runs[1])
})

test('an answer comes in the pieces that the script gives', async (t) => {
  const { server, session, ear } = await stage(t)
  server.post(session, 'ann', 'What time is it?')
  const answer = await server.answer(session, '', { pieces: ['It is ', 'nine ', 'o’clock 🕘.'], delay: 1 })
  await ear.text('It is nine o’clock 🕘.')
  const pieces = ear.frames.filter(({ type }) => type === 'chat_message_delta').map(({ data }) => [data.offset, data.content])
  assert.deepEqual(pieces, [[0, 'It is '], [6, 'nine '], [11, 'o’clock 🕘.']])
  assert.equal(answer.metadata.status, 'complete')
})

test('bots answer by the responder, or not at all', async (t) => {
  const responder = ({ content }) => (content.endsWith('?') ? `You asked: ${content}` : null)
  const { session, colloquy, ear } = await stage(t, { mock: { responder, pace: 0 } })
  const asked = await colloquy.send(session.id, 'Who?', { reply: true }).result
  await ear.text('You asked: Who?')
  assert.ok(asked.answer)
  assert.equal((await colloquy.send(session.id, 'Thanks.', { reply: true }).result).answer, null)
})

test('what was missed offline arrives, and what was sent offline goes', async (t) => {
  const { server, session, colloquy, ear } = await stage(t)
  server.offline()
  await ear.until(() => colloquy.state === 'reconnecting', 'the client notices')
  server.post(session, 'ann', 'Missed')
  const sent = colloquy.send(session.id, 'Later', { reply: false })
  await assert.rejects(colloquy.api.getMe({}, { retries: 0 }), { status: 0, code: 'network' })
  server.online()
  await sent.result
  await ear.text('Later')
  assert.deepEqual(ear.texts, ['Missed', 'Later'])
})

test('a silent connection is noticed by the heartbeat', async (t) => {
  const { server, session, ear } = await stage(t, { client: { heartbeat: { interval: 20, timeout: 50 } } })
  server.silence()
  server.post(session, 'ann', 'Into the silence')
  await ear.until(() => ear.states.includes('away'), 'the channel to be away')
  server.online()
  await ear.text('Into the silence')
})

for (const code of [1001, 1011, 1013, 4008, 4029]) {
  test(`after a close with ${code} the client resumes`, async (t) => {
    const { server, session, colloquy, ear } = await stage(t, { client: { random: () => 0 } })
    const closed = once(colloquy, 'state', ({ state }) => state === 'reconnecting')
    server.close(code)
    server.post(session, 'ann', 'Meanwhile')
    assert.equal((await closed).code, code)
    await ear.text('Meanwhile')
    assert.deepEqual(ear.texts, ['Meanwhile'])
  })
}

test('a revocation is the last thing that a channel tells', async (t) => {
  const { server, bot, session, ear } = await stage(t)
  server.revoke(bot, 'bob')
  server.post(session, 'ann', 'Among ourselves')
  await ear.until(() => ear.channel.state === 'ended', 'the end')
  assert.deepEqual(ear.frames.filter(({ seq }) => seq).map(({ type, data }) => [type, data.action]), [['permission_change', 'revoked']])
})

test('events that are no longer kept reset the channel with a snapshot', async (t) => {
  const { server, bot, session, colloquy, ear } = await stage(t)
  server.offline()
  await ear.until(() => colloquy.state === 'reconnecting', 'the client notices')
  server.post(session, 'ann', 'Forgotten')
  server.forget(bot)
  server.online()
  await ear.until(() => ear.told.some(([type]) => type === 'reset'), 'a reset')
  const [, { snapshot }] = ear.told.find(([type]) => type === 'reset')
  assert.equal(snapshot.messages[session.id][0].content, 'Forgotten')
})

test('a new life of the streams resets too', async (t) => {
  const { server, ear } = await stage(t, { client: { random: () => 0 } })
  server.newEpoch()
  await ear.until(() => ear.told.some(([type]) => type === 'reset'), 'a reset')
})

test('tokens that end are refreshed, and a log-out signs out', async (t) => {
  const { server, session, colloquy, ear } = await stage(t)
  const bob = server.person('bob')
  server.expireTokens(bob)
  server.post(session, 'ann', 'Still there?')
  await ear.text('Still there?')
  assert.ok(server.requests.some(({ path, status }) => path === '/api/auth/refresh' && status === 200))
  const out = once(colloquy, 'signed_out')
  server.logOut(bob)
  await out
  assert.equal(colloquy.state, 'closed')
})

test('where sockets are blocked, events come without them', async (t) => {
  const { server, session, colloquy, ear } = await stage(t, { client: { upgradeAgain: 50 } })
  server.blockSockets()
  await once(colloquy, 'transport', (transport) => transport === 'sse')
  server.post(session, 'ann', 'By another way')
  await ear.text('By another way')
  server.online()
  await once(colloquy, 'transport', (transport) => transport === 'websocket')
  server.post(session, 'ann', 'And back')
  await ear.text('And back')
  assert.deepEqual(ear.texts, ['By another way', 'And back'])
})

test('the next requests fail as the script says', async (t) => {
  const { server, session, colloquy, ear } = await stage(t)
  server.fail({ method: 'POST', path: /\/messages$/, status: 503, times: 2, retry_after: 0 })
  await colloquy.send(session.id, 'Patient', { reply: false }).result
  await ear.text('Patient')
  assert.equal(server.requests.filter(({ path, status }) => path.endsWith('/messages') && status === 503).length, 2)
  server.fail({ path: '/api/bots', status: 429, code: 'rate_limited', retry_after: 7 })
  await assert.rejects(colloquy.api.createBot({ name: 'Mine' }, { retries: 0 }), { status: 429, code: 'rate_limited', retryAfter: 7 })
})

test('what the mock has not is told as such, and a route of the test answers it', async (t) => {
  const { server, bot, colloquy } = await stage(t)
  await assert.rejects(colloquy.api.listVersions({ bot_id: bot.id }, { retries: 0 }), { status: 501, code: 'not_mocked' })
  server.route('GET', '/bots/{bot_id}/versions', ({ path }) => ({ body: { items: [{ version: 1, name: path.bot_id }], next_cursor: null } }))
  assert.equal((await colloquy.api.listVersions({ bot_id: bot.id })).items[0].name, bot.id)
})

test('documents are read at once, or step by step', async (t) => {
  const { server, bot, colloquy, ear } = await stage(t)
  server.grant(bot, 'bob', 'editor')
  const uploaded = await colloquy.api.uploadDocument({ bot_id: bot.id, file: new Blob(['Nine to five.']), filename: 'hours.txt' })
  await ear.until(() => ear.frames.some(({ data }) => data.action === 'processed' && data.document.id === uploaded.id), 'the document to be read')
  const slow = server.document(bot, { filename: 'slow.pdf', status: 'queued' })
  server.progress(slow, 0.5)
  server.process(slow, { error: 'It is locked.' })
  await ear.until(() => ear.frames.some(({ data }) => data.action === 'failed'), 'the failure')
  const { items } = await colloquy.api.listDocuments({ bot_id: bot.id })
  assert.deepEqual(items.map(({ filename, status, error }) => [filename, status, error]), [['slow.pdf', 'failed', 'It is locked.'], ['hours.txt', 'processed', null]])
})

test('the history tells what happened, without tokens', async (t) => {
  const { server, session, colloquy, ear } = await stage(t)
  colloquy.bot(session.bot_id).typing(session.id)
  server.post(session, 'ann', 'Hello')
  await ear.text('Hello')
  const frames = server.history.filter(({ kind }) => kind === 'frame')
  assert.ok(frames.some(({ direction, frame }) => direction === 'out' && frame.data?.content === 'Hello'))
  assert.ok(server.history.some(({ kind, username }) => kind === 'open' && username === 'bob'))
  const { tokens } = server.person('bob')
  for (const token of Object.values(tokens)) assert.ok(!JSON.stringify(server.history).includes(token))
})

test('people come, look and type without sockets of their own', async (t) => {
  const { server, bot, session, ear } = await stage(t)
  server.arrive(bot, 'eve', session)
  server.grant(bot, 'eve')
  server.typing(session, 'eve')
  server.depart(bot, 'eve')
  await ear.until(() => ear.frames.some(({ data }) => data.status === 'offline'), 'eve to be gone')
  const seen = ear.frames.filter(({ data }) => data.username === 'eve').map(({ type, data }) => [type, data.status ?? data.is_typing])
  assert.deepEqual(seen, [['presence', 'online'], ['presence', 'online'], ['typing_indicator', true], ['presence', 'offline']])
})

test('a script that asks for what is not there is told so', async () => {
  const server = mockServer()
  const bot = server.bot()
  assert.throws(() => server.session('nowhere'), /no such bot/)
  assert.throws(() => server.post('nowhere', 'ann', 'Hello'), /no such session/)
  await assert.rejects(server.answer(server.session(bot), 'Hello'), /needs a question/)
})

test('it listens on a port, too', async (t) => {
  const server = mockServer()
  t.after(() => server.stop())
  const { url } = await server.listen()
  const answer = await fetch(`${url}/api/auth/me`, { headers: { Authorization: `Bearer ${server.person('ann').tokens.access_token}` } })
  assert.deepEqual([answer.status, (await answer.json()).username], [200, 'ann'])
})
