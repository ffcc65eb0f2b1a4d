// The hub of the tab that leads, without a browser: what several tabs on one socket must not take from each other.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Clock } from './clock.mjs'
import { cast, clientFor, Ear, serverFor, WebSocket } from './setup.mjs'
import { coreOf, hubOf, oneToken, Port, settle, tokenOf, wires } from './wire.mjs'
import { Hub } from '../colloquy/tabs/hub.js'
import { Lane } from '../colloquy/tabs/lane.js'

const ask = (channel, id = 's1') => ({ type: 'subscribe', id, data: { channels: [{ channel }] } })

/** A hub on sockets that the test plays, and the clock it goes by. */
function played(play, tokens = oneToken(tokenOf('ann', 1))) {
  const clock = new Clock()
  const Wire = wires(play)
  const hub = new Hub(coreOf({ ...clock.environment, WebSocket: Wire }, { tokens }))
  return { clock, hub, sockets: Wire.all }
}

test('a frame of a tab that came too late for its socket leaves nothing behind', async () => {
  const { hub, sockets } = played((socket) => {
    socket.heard = ({ type, id, data }) => type === 'subscribe' && socket.subscribed(id, data.channels[0].channel)
    socket.greet()
  })
  const [before, after] = [new Port(), new Port()]
  hub.open('before', before)
  await settle()
  sockets[0].end(1006)
  hub.take('before', ask('bot:1'))
  hub.bye('before')
  assert.equal(before.closed, 1006)
  hub.open('after', after)
  await settle()
  hub.take('after', ask('bot:1'))
  await settle()
  assert.deepEqual(after.types, ['subscribed'])
})
