// What a client makes of a server's seldom words: refusals of whole frames, discarded ones, tokens refused after a renewal. The other
// end of the socket is the test.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Clock } from './clock.mjs'
import { cast, clientFor, Ear, serverFor } from './setup.mjs'
import { settle, tokenOf, wires } from './wire.mjs'
import { Line } from '../colloquy/line.js'

/** A client on sockets that the test plays, and the clock it goes by. */
function played(t, play) {
  const clock = new Clock()
  const Wire = wires(play)
  const { timers, now } = clock.environment
  const client = clientFor(t, 'http://nowhere', { tokens: { access_token: tokenOf('ann', 1) } }, { WebSocket: Wire, timers, now })
  return { client, clock, sockets: Wire.all }
}

test('a number with an epoch that is none is refused at once', (t) => {
  const client = clientFor(t, 'http://nowhere', null)
  for (const epoch of [7, true, {}]) assert.throws(() => client.bot('1').since(0, epoch), { name: 'TypeError', message: /epoch/ })
  for (const epoch of [undefined, null, 'e']) client.bot('1').since(0, epoch)
})

test('a frame that the server refuses as a whole leaves no channel of it waiting', async (t) => {
  const server = await serverFor(t)
  const { owner, bot } = await cast(server.url)
  const client = clientFor(t, server.url, owner)
  const wrong = client.bot(bot.id)
  wrong.intake.cursor.reset(0, /** @type {any} */ (7))
  const channels = [client.notifications(), wrong]
  const ears = channels.map((channel) => new Ear(channel))
  for (const ear of ears) await ear.until(() => ear.channel.state === 'refused', 'a refusal')
  assert.deepEqual(channels.map(({ code }) => code), ['invalid_message', 'invalid_message'])
  await new Ear(client.notifications()).live()
})

for (const [what, refusal] of [['with its id', (id) => ({ id })], ['without', () => ({})]]) {
  test(`giving up a channel that a busy server discarded, told ${what}, is said again`, async (t) => {
    let refused = false
    const { client, clock, sockets } = played(t, (socket) => {
      socket.heard = ({ type, id, data }) => {
        if (type === 'subscribe') for (const { channel } of data.channels) socket.subscribed(id, channel)
        else if (type !== 'unsubscribe') return
        else if (refused) for (const channel of data.channels) socket.say({ type: 'unsubscribed', id, data: { channel } })
        else {
          refused = true
          socket.say({ type: 'error', code: 'rate_limited', message: 'too many', ...refusal(id) })
        }
      }
      socket.greet()
    })
    client.on('error', () => {})
    const channels = [client.bot('1'), client.bot('2'), client.bot('3')]
    await settle()
    channels[0].leave()
    channels[1].leave()
    await settle()
    client.bot('2')
    await settle()
    const left = () => sockets[0].of('unsubscribe').map(({ data }) => data.channels)
    assert.deepEqual(left(), [['bot:1', 'bot:2']])
    for (let n = 0; n < 3; n += 1) {
      clock.pass(2_000)
      await settle()
    }
    assert.deepEqual(left(), [['bot:1', 'bot:2'], ['bot:1']])
  })
}

test('a question that a busy server discarded without naming it is refused after a while', async (t) => {
  const { client, clock } = played(t, (socket) => {
    socket.heard = ({ type, id, data }) => {
      if (type === 'subscribe') socket.subscribed(id, data.channels[0].channel)
      else if (type === 'request_history') socket.say({ type: 'error', code: 'rate_limited', message: 'too many frames' })
    }
    socket.greet()
  })
  client.on('error', () => {})
  const channel = client.session('1')
  await settle()
  const page = channel.history()
  page.catch(() => {})
  await settle()
  clock.pass(2_000)
  await assert.rejects(page, ({ code }) => code === 'rate_limited')
})

test('a question that was not answered is refused when its unused socket is given up', async (t) => {
  const { client, clock, sockets } = played(t, (socket) => {
    socket.heard = ({ type, id, data }) => type === 'subscribe' && socket.subscribed(id, data.channels[0].channel)
    socket.greet()
  })
  const channel = client.session('1')
  await settle()
  const page = channel.history()
  page.catch(() => {})
  channel.leave()
  await settle()
  clock.pass(2_000)
  assert.equal(sockets[0].readyState, 3)
  await assert.rejects(page, { code: 'network' })
})

test('a token that nothing can renew ends with the word of the server, not before', async (t) => {
  const { client, clock, sockets } = played(t, (socket) => {
    const at = (ms) => new Date(clock.now + ms).toISOString()
    socket.heard = ({ type, id }) => type === 'ping' && socket.say({ type: 'pong', id, timestamp: at(0) })
    socket.say({ type: 'connection_established', data: { connection_type: 'multi', expires_at: at(120_000) } })
  })
  const told = []
  client.on('signed_out', ({ reason }) => told.push(reason))
  client.connect()
  await settle()
  for (let n = 0; n < 24; n += 1) {
    clock.pass(5_000)
    await settle()
  }
  assert.deepEqual([told, client.state, sockets.length], [[], 'open', 1])
  sockets[0].end(4001)
  clock.pass(0)
  await settle()
  assert.deepEqual([told, client.state, sockets.length], [['expired'], 'closed', 1])
})

test('a token that was renewed on the socket is the one that its end refuses', async () => {
  const rejected = []
  const { environment } = new Clock()
  const options = { backoff: { min: 1, max: 1, attempts: 9, healthy: 0 } }
  const tokens = { get: async () => 'first', reject: (token) => rejected.push(token) }
  let events
  const attempt = { token: 'first', send: () => true, close() {}, check() {} }
  const line = new Line({ env: environment, options, tokens, report() {} }, {
    dial: (_, given) => ((events = given), attempt),
    opened() {},
    frame() {},
    lost() {},
    changed() {},
  })
  line.start()
  await settle()
  events.open({})
  attempt.token = 'renewed'
  events.close(4001, '')
  assert.deepEqual(rejected, ['renewed'])
})
