// The hub of the tab that leads, without a browser: what several tabs on one socket must not take from each other.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Clock } from './clock.mjs'
import { cast, clientFor, Ear, next, serverFor, WebSocket } from './setup.mjs'
import { coreOf, hubOf, oneToken, Port, settle, tokenOf, wires } from './wire.mjs'
import { Hub } from '../colloquy/tabs/hub.js'
import { Lane } from '../colloquy/tabs/lane.js'
import { Tokens } from '../colloquy/tokens.js'

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

/** A lane that one tab has up to 100, and what it was made to do. */
function laneAt100() {
  const did = { asked: [], dropped: [], given: [] }
  const lane = new Lane('session:1', {
    subscribe: (wanted) => `s${did.asked.push(wanted)}`,
    unsubscribe: () => {},
    give: (ports, frame) => did.given.push([[...ports], frame.type]),
    drop: (ports) => did.dropped.push(...ports),
    empty: () => {},
  })
  lane.ask({ port: 'first', id: 'a' })
  lane.answer({ type: 'subscribed', id: 's1', data: { channel: lane.name, seq: 100, epoch: 'e' } })
  const replayed = (to, complete) => lane.take({ type: 'replay_complete', channel: lane.name, data: { to, complete } })
  const answer = (id, seq) => lane.answer({ type: 'subscribed', id, data: { channel: lane.name, seq, epoch: 'e' } })
  return { lane, did, replayed, answer }
}

test('what happened while another tab asked in vain for its past is missing for the first, so it comes again', () => {
  for (const since of [{ since: 1 }, { since: 1, epoch: 'another' }, { since: 999, epoch: 'another' }]) {
    const { lane, did, replayed, answer } = laneAt100()
    lane.ask({ port: 'second', id: 'b', ...since })
    answer('s2', 103)
    replayed(103, false)
    lane.take({ type: 'chat_message', channel: lane.name, seq: 104 })
    assert.deepEqual(did.dropped, ['first'])
    assert.deepEqual(did.given.at(-1), [['second'], 'chat_message'], 'and hears nothing more on this one')
    assert.equal(did.asked.length, 2)
  }
})

test('who has everything up to where another tab begins goes on', () => {
  const { lane, did, replayed, answer } = laneAt100()
  lane.ask({ port: 'second', id: 'b', since: 1 })
  lane.take({ type: 'chat_message', channel: lane.name, seq: 103 })
  answer('s2', 103)
  replayed(103, false)
  lane.take({ type: 'chat_message', channel: lane.name, seq: 104 })
  assert.deepEqual(did.dropped, [])
  assert.deepEqual(did.given.at(-1), [['first', 'second'], 'chat_message'])
  assert.equal(did.asked.length, 2)
})

test('tabs whose past cannot be replayed come and go, and no other tab misses anything', async (t) => {
  const server = await serverFor(t)
  const { owner, session } = await cast(server.url)
  const environment = { now: Date.now, random: Math.random, timers: { setTimeout, clearTimeout }, WebSocket }
  const tokens = oneToken(owner.tokens.access_token)
  const { Tab } = hubOf(coreOf(environment, { tokens, socketBase: server.url.replace('http', 'ws') }))
  const ear = new Ear(clientFor(t, server.url, owner, { WebSocket: Tab }).session(session.id))
  await ear.live()
  let over = false
  const write = async () => {
    while (!over) await owner.post(session, 'a message')
  }
  const writers = [write(), write(), write()]
  try {
    for (let n = 0; n < 20; n += 1) {
      const other = clientFor(t, server.url, owner, { WebSocket: Tab })
      await new Ear(other.session(session.id).since(n % 2 ? 1 : 999_999, 'another')).live()
      other.close()
    }
  } finally {
    over = true
    await Promise.all(writers)
  }
  await owner.post(session, 'the last')
  await ear.text('the last')
  const { seqs } = ear
  assert.deepEqual(seqs, seqs.map((_, i) => seqs[0] + i))
})

/** Discards the first frame of a type as a server does that has enough, then does what it is asked for. */
const busy = (type, refusal) => (socket) => {
  let refused = false
  socket.heard = (frame) => {
    const { id, data } = frame
    if (frame.type === type && !refused) {
      refused = true
      socket.say({ type: 'error', code: 'rate_limited', message: 'too many', ...refusal(id) })
    } else if (frame.type === 'subscribe') for (const { channel } of data.channels) socket.subscribed(id, channel)
    else if (frame.type === 'unsubscribe') for (const channel of data.channels) socket.say({ type: 'unsubscribed', id, data: { channel } })
  }
  socket.greet()
}

test('what a busy server discarded of what tabs asked for is asked for again', async (t) => {
  for (const [what, refusal] of [['with its id', (id) => ({ id })], ['without', () => ({})]]) {
    const { clock, hub, sockets } = played(busy('subscribe', refusal))
    const { Tab } = hubOf(null, hub)
    const client = clientFor(t, 'http://nowhere', { tokens: { access_token: tokenOf('ann', 1) } }, { WebSocket: Tab, timers: clock.environment.timers, now: () => clock.now })
    const channels = [client.bot('1'), client.bot('2')]
    await settle()
    assert.deepEqual(channels.map(({ state }) => state), ['joining', 'joining'], what)
    clock.pass(2_000)
    await settle()
    assert.deepEqual(channels.map(({ state }) => state), ['live', 'live'], what)
    assert.equal(sockets[0].of('subscribe').length, 2, what)
  }
})

test('a channel whose giving up a busy server discarded is given up again, unless it is wanted again', async () => {
  for (const [what, refusal] of [['with its id', (id) => ({ id })], ['without', () => ({})]]) {
    const { clock, hub, sockets } = played(busy('unsubscribe', refusal))
    hub.open('tab', new Port())
    await settle()
    for (const channel of ['bot:1', 'bot:2']) {
      hub.take('tab', ask(channel))
      await settle()
    }
    hub.take('tab', { type: 'unsubscribe', id: 'u1', data: { channels: ['bot:1'] } })
    await settle()
    clock.pass(2_000)
    await settle()
    clock.pass(10_000)
    assert.deepEqual(sockets[0].of('unsubscribe').map(({ data }) => data.channels), [['bot:1'], ['bot:1']], what)
  }
  const { clock, hub, sockets } = played(busy('unsubscribe', (id) => ({ id })))
  hub.open('tab', new Port())
  await settle()
  hub.take('tab', ask('bot:1'))
  await settle()
  hub.take('tab', { type: 'unsubscribe', id: 'u1', data: { channels: ['bot:1'] } })
  await settle()
  hub.take('tab', ask('bot:1', 's2'))
  clock.pass(10_000)
  assert.equal(sockets[0].of('unsubscribe').length, 1)
})

test('what one tab asks for in one frame is one frame for the server', async () => {
  const { hub, sockets } = played((socket) => socket.greet())
  hub.open('tab', new Port())
  await settle()
  hub.take('tab', { type: 'subscribe', id: 's1', data: { channels: [{ channel: 'bot:1' }, { channel: 'bot:2', since: 3, epoch: 'e' }] } })
  await settle()
  assert.deepEqual(sockets[0].of('subscribe').map(({ data }) => data.channels), [[{ channel: 'bot:1' }, { channel: 'bot:2', since: 3, epoch: 'e' }]])
})

test('a shared socket that is never greeted is given up, and its tabs may try another', async () => {
  const { clock, hub, sockets } = played((socket) => {
    socket.heard = ({ type, id }) => type === 'ping' && socket.say({ type: 'pong', id })
    if (sockets.length > 1) socket.greet()
  })
  const ports = [new Port(), new Port(), new Port()]
  hub.open('one', ports[0])
  await settle()
  clock.pass(9_000)
  hub.open('two', ports[1])
  assert.deepEqual([sockets.length, ports[0].closed], [1, null])
  clock.pass(1_000)
  assert.deepEqual(ports.map(({ closed }) => closed), [1006, 1006, null])
  hub.open('three', ports[2])
  await settle()
  assert.deepEqual([sockets.length, ports[2].frames.length], [2, 1])
  clock.pass(11_000)
  assert.equal(ports[2].closed, null, 'which was greeted, so it stays')
})

test('a socket class that throws ends the attempt and not the page', async () => {
  const clock = new Clock()
  let broken = true
  const Wire = wires((socket) => socket.greet())
  const Sometimes = class extends Wire {
    constructor(...args) {
      if (broken) throw new Error('not allowed here')
      super(...args)
    }
  }
  const hub = new Hub(coreOf({ ...clock.environment, WebSocket: Sometimes }, { tokens: oneToken(tokenOf('ann', 1)) }))
  const [first, second] = [new Port(), new Port()]
  hub.open('first', first)
  await settle()
  assert.equal(first.closed, 1006)
  broken = false
  hub.open('second', second)
  await settle()
  assert.equal(second.frames.length, 1)
})

/** A client in its tab, whose tokens are its own and always good. */
function tabOf(t, hub, name) {
  const { Tab } = hubOf(null, hub)
  let count = 0
  const client = clientFor(t, 'http://nowhere', null, { WebSocket: Tab, getToken: () => tokenOf('ann', `${name}${(count += 1)}`) })
  const told = []
  client.on('signed_out', (event) => told.push(event))
  return { client, told }
}

test('a tab is not signed out because the token of the tab that leads has expired', async (t) => {
  let count = 0
  const tokens = new Tokens({ getToken: () => tokenOf('ann', `lead${(count += 1)}`), timers: globalThis, changed() {}, lost() {} })
  const old = await tokens.get()
  const { hub } = played((socket) => (socket.token === old ? socket.end(4001) : socket.greet()), tokens)
  const { client, told } = tabOf(t, hub, 'other')
  client.connect()
  await next(client, 'state', ({ state }) => state === 'open')
  assert.deepEqual(told, [])
  assert.equal(count, 2)
})

test('when the socket ends with the token that another tab had renewed, its own first one is not tried again', async (t) => {
  let count = 0
  const tokens = new Tokens({ getToken: () => tokenOf('ann', `lead${(count += 1)}`), timers: globalThis, changed() {}, lost() {} })
  const { hub, sockets } = played((socket) => socket.greet(), tokens)
  hub.open('tab', new Port())
  await settle()
  hub.take('tab', { type: 'auth', data: { token: tokenOf('ann', 'renewed') } })
  sockets[0].end(4001)
  const { client } = tabOf(t, hub, 'other')
  client.connect()
  await next(client, 'state', ({ state }) => state === 'open')
  assert.deepEqual(sockets.map(({ token }) => token), [tokenOf('ann', 'lead1'), tokenOf('ann', 'lead2')])
})

test('a tab whose channel went while another one asked for it anew comes again, and is not told that it lost access', async () => {
  let refuse = false
  const { hub } = played((socket) => {
    socket.heard = ({ type, id, data }) => {
      if (type !== 'subscribe') return
      const { channel } = data.channels[0]
      if (!refuse) return socket.subscribed(id, channel)
      // As a server does whose database is away for a moment.
      socket.say({ type: 'unsubscribed', channel, data: { channel, code: 'access_withdrawn' } })
      socket.say({ type: 'error', id, channel, code: 'unavailable', message: 'try again' })
    }
    socket.greet()
  })
  const [first, second] = [new Port(), new Port()]
  hub.open('first', first)
  hub.open('second', second)
  await settle()
  hub.take('first', ask('bot:1'))
  await settle()
  refuse = true
  hub.take('second', ask('bot:1'))
  await settle()
  assert.deepEqual([first.types, first.closed], [['subscribed'], 1006])
  assert.deepEqual([second.types, second.closed], [['error'], null])
  refuse = false
  hub.bye('first')
  hub.take('second', ask('bot:1', 's2'))
  await settle()
  assert.deepEqual(second.types, ['error', 'subscribed'])
})

test('a channel that is withdrawn is withdrawn from all tabs that have it', async () => {
  const { hub, sockets } = played((socket) => {
    socket.heard = ({ type, id, data }) => type === 'subscribe' && socket.subscribed(id, data.channels[0].channel)
    socket.greet()
  })
  const ports = [new Port(), new Port()]
  for (const [n, port] of ports.entries()) {
    hub.open(`${n}`, port)
    await settle()
    hub.take(`${n}`, ask('bot:1'))
    await settle()
  }
  sockets[0].say({ type: 'replay_complete', channel: 'bot:1', data: { to: 1, complete: true } })
  sockets[0].say({ type: 'unsubscribed', channel: 'bot:1', data: { channel: 'bot:1', code: 'access_withdrawn' } })
  assert.deepEqual(ports.map(({ types, closed }) => [types.at(-1), closed]), [['unsubscribed', null], ['unsubscribed', null]])
})
