// Trouble on the way, through the real server: refusals by something in between, transports that come and go, and who gives up.

import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'

import { cast, clientFor, Ear, next, proxyFor, startServer, until, WebSocket } from './setup.mjs'

let server
before(async () => (server = await startServer()))
after(() => server.close())

test('that a notification was read, which was polled before, is told over the socket', async (t) => {
  const { owner, viewer, bot } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  const heal = proxy.refuseUpgrades()
  const client = clientFor(t, proxy.url, viewer, { pollInterval: 20, upgradeAgain: 60_000 })
  const ear = new Ear(client.notifications())
  await ear.live()
  await owner.grant(bot, viewer, 'editor')
  await ear.until(() => ear.frames.length === 1, 'the change of role')
  heal()
  const live = next(client, 'transport', (transport) => transport === 'websocket')
  client.reconnect()
  await live
  await ear.live()
  const { notification_id } = ear.frames[0].data
  await viewer.call('POST', `/notifications/${notification_id}/read`)
  await ear.until(() => ear.frames.some(({ type, data }) => type === 'notification_read' && data.notification_id === notification_id), 'that it was read')
})

test('a polled notification that moves up because another one was dismissed is not told as a new one', async (t) => {
  const { owner, viewer, session } = await cast(server.url)
  for (let n = 0; n < 60; n += 1) await owner.post(session, `See this, @${viewer.username}`)
  const client = clientFor(t, server.url, viewer, { transports: ['poll'], pollInterval: 20 })
  const ear = new Ear(client.notifications())
  await ear.live()
  const [newest] = await viewer.get('/notifications').then(({ items }) => items)
  await viewer.call('DELETE', `/notifications/${newest.id}`)
  await ear.until(() => ear.told.some(([type]) => type === 'reset'), 'that the list has changed')
  assert.deepEqual(ear.frames, [])
  await owner.post(session, `And this, @${viewer.username}`)
  await ear.until(() => ear.frames.length > 0, 'the new one')
  assert.deepEqual(ear.frames.map(({ notification_type }) => notification_type), ['mention'])
})

test('a state that something on the way refuses is asked for again on the same connection, and the refusal told once', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  const heal = proxy.refusePaths(/snapshot/, 403)
  const client = clientFor(t, proxy.url, owner)
  const errors = []
  client.on('error', ({ error }) => errors.push(error.status))
  const ear = new Ear(client.bot(bot.id).since(1, 'another'))
  const asked = () => proxy.requests.filter(({ path }) => path.endsWith('/snapshot')).length
  await until(() => asked() >= 4, 'a fourth try')
  assert.deepEqual([proxy.upgrades, errors], [1, [403]])
  await owner.post(session, 'meanwhile')
  heal()
  await ear.live()
  await owner.post(session, 'after')
  await ear.text('after')
  const { snapshot } = ear.told.find(([type]) => type === 'reset')[1]
  const { messages } = snapshot
  assert.deepEqual([...messages[session.id].map(({ content }) => content), ...ear.texts], ['meanwhile', 'after'])
})

for (const status of [403, 404, 413]) {
  test(`a message that something on the way refuses with ${status} goes out when that is over`, async (t) => {
    const { owner, session } = await cast(server.url)
    const proxy = await proxyFor(t, server)
    const client = clientFor(t, proxy.url, owner)
    const heal = proxy.refusePaths(/messages/, status)
    const sent = client.send(session.id, 'through', { reply: false })
    const posts = () => proxy.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/messages')).length
    await until(() => posts() > 1, 'a second try')
    heal()
    const { message } = await sent.result
    assert.deepEqual((await owner.messages(session)).map(({ id }) => id), [message.id])
  })
}

test('a WebSocket class that throws is no end: events come another way, and it is tried again', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  let allowed = false
  const Moody = function (...args) {
    if (!allowed) throw new Error('not allowed here')
    return new WebSocket(...args)
  }
  const client = clientFor(t, server.url, owner, { WebSocket: Moody, upgradeAgain: 20 })
  const reported = next(client, 'error')
  const streamed = next(client, 'transport', (transport) => transport === 'sse')
  const ear = new Ear(client.bot(bot.id))
  await streamed
  assert.match((await reported).error.message, /not allowed here/)
  const upgraded = next(client, 'transport', (transport) => transport === 'websocket')
  allowed = true
  client.reconnect()
  await upgraded
  await owner.post(session, 'by socket')
  await ear.text('by socket')
})

test('a session that is streamed knows the life of its stream after a gap', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const client = clientFor(t, server.url, owner, { transports: ['sse'] })
  const ear = new Ear(client.session(session.id).since(1, 'another'))
  await ear.live()
  await owner.post(session, 'after the gap')
  await ear.text('after the gap')
  const { seq, epoch } = await owner.snapshot(bot)
  assert.deepEqual([ear.channel.seq, ear.channel.epoch], [seq, epoch])
})

test('who waits for a channel that is left, or of a client that is closed, is told', async (t) => {
  const { owner, bot } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  await proxy.refuse()
  const client = clientFor(t, proxy.url, owner)
  const left = client.bot(bot.id)
  const expected = left.ready()
  left.leave()
  await assert.rejects(expected, { code: 'closed' })
  const other = client.bot(bot.id).ready()
  client.close()
  await assert.rejects(other, { code: 'closed' })
  await assert.rejects(client.notifications().ready(), { code: 'closed' })
})
