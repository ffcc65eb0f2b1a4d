// What a client makes of a server's seldom words: refusals of whole frames, discarded ones, tokens refused after a renewal. The other
// end of the socket is the test.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Clock } from './clock.mjs'
import { cast, clientFor, Ear, serverFor, until } from './setup.mjs'
import { settle, tokenOf, wires } from './wire.mjs'
import { Line } from '../colloquy/line.js'
import { Tokens } from '../colloquy/tokens.js'

/** A client on sockets that the test plays, and the clock it goes by. */
function played(t, play) {
  const clock = new Clock()
  const Wire = wires(play)
  const { timers, now } = clock.environment
  const client = clientFor(t, 'http://nowhere', { tokens: { access_token: tokenOf('ann', 1) } }, { WebSocket: Wire, timers, now })
  return { client, clock, sockets: Wire.all }
}

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
