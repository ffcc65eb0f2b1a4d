// Tables of what needs no server: where a cursor goes, how long back-off waits, what a close code wants. Everything else is tested through the real server.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Backoff } from '../colloquy/backoff.js'
import { Batch } from '../colloquy/batch.js'
import { codeOfStatus, verdict } from '../colloquy/closes.js'
import { Cursor } from '../colloquy/cursor.js'
import { Emitter } from '../colloquy/emitter.js'
import { ColloquyError } from '../colloquy/error.js'
import { Heartbeat } from '../colloquy/heartbeat.js'
import { Line } from '../colloquy/line.js'
import { Pace } from '../colloquy/pace.js'
import { Clock } from './clock.mjs'

test('a cursor follows the rules of the protocol', () => {
  const steps = [
    ['nothing is known', () => {}, null],
    ['a greeting counts for who asked for nothing', (c) => c.greet(41, 'a', false), { since: 41, epoch: 'a' }],
    ['a greeting does not count for who asked', (c) => c.greet(99, 'b', true), { since: 41, epoch: 'a' }],
    ['an event moves it, holes included', (c) => assert.equal(c.take(44), true), { since: 44, epoch: 'a' }],
    ['the same event is not new', (c) => assert.equal(c.take(44), false), { since: 44, epoch: 'a' }],
    ['an earlier one is not new', (c) => assert.equal(c.take(43), false), { since: 44, epoch: 'a' }],
    ['a pong moves it', (c) => c.reached(50), { since: 50, epoch: 'a' }],
    ['a pong does not move it back', (c) => c.reached(49), { since: 50, epoch: 'a' }],
    ['a pong without a number does nothing', (c) => c.reached(undefined), { since: 50, epoch: 'a' }],
    ['the end of a replay moves it', (c) => c.replayed(60, 'a'), { since: 60, epoch: 'a' }],
    ['a reset puts it anywhere', (c) => c.reset(7, 'b'), { since: 7, epoch: 'b' }],
    ['and from there it goes on', (c) => assert.equal(c.take(8), true), { since: 8, epoch: 'b' }],
  ]
  const cursor = new Cursor()
  for (const [what, step, ask] of steps) {
    step(cursor)
    assert.deepEqual(cursor.ask(), ask, what)
  }
})

test('a number without an epoch is asked for without one, and gets the present one when it was replayed', () => {
  const cursor = new Cursor()
  cursor.reset(5, null)
  assert.deepEqual(cursor.ask(), { since: 5 })
  cursor.replayed(6, 'now')
  assert.deepEqual(cursor.ask(), { since: 6, epoch: 'now' })
})

test('back-off waits between nothing and a ceiling that doubles up to its bound', () => {
  const options = { min: 500, max: 30_000, attempts: Infinity, healthy: 5_000 }
  const longest = new Backoff(options, () => 1)
  const waits = Array.from({ length: 9 }, () => longest.next())
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  longest.reset()
  assert.equal(longest.next(), 500)
  const shortest = new Backoff(options, () => 0)
  assert.deepEqual([shortest.next(), shortest.next()], [0, 0])
})

test('back-off ends when there were enough attempts, and counts to the end of time otherwise', () => {
  const few = new Backoff({ min: 1, max: 1, attempts: 2, healthy: 0 }, () => 1)
  assert.deepEqual([few.next(), few.next(), few.next()], [1, 1, null])
  const many = new Backoff({ min: 500, max: 30_000, attempts: Infinity, healthy: 0 }, () => 1)
  many.failures = 100_000
  assert.equal(many.next(), 30_000)
})

test('every close code has its consequence', () => {
  const table = {
    1000: 'stop', 1001: 'wait', 1002: 'backoff', 1003: 'backoff', 1005: 'backoff', 1006: 'backoff', 1007: 'backoff', 1008: 'wait',
    1009: 'backoff', 1011: 'backoff', 1012: 'backoff', 1013: 'backoff', 1015: 'backoff', 4001: 'token', 4003: 'end', 4008: 'now',
    4029: 'backoff', 4444: 'backoff',
  }
  for (const [code, then] of Object.entries(table)) assert.equal(verdict(Number(code)).then, then, code)
  assert.deepEqual([verdict(1001).from, verdict(1001).to], [0, 5_000])
  assert.ok(Number(verdict(1008).from) >= 30_000)
  assert.deepEqual([200, 401, 403, 404, 429, 500, 503, 0].map(codeOfStatus), [1011, 4001, 4003, 4003, 1013, 1011, 1011, 1006])
})

test('a listener that has gone is not called, not even by the burst in the middle of which it went', () => {
  const failed = []
  const emitter = new Emitter((error, type) => failed.push([type, error.message]))
  const heard = []
  emitter.on('x', () => off())
  const off = emitter.on('x', (value) => heard.push(value))
  emitter.on('x', () => {
    throw new Error('mine')
  })
  emitter.on('x', async () => {
    throw new Error('later')
  })
  emitter.on('x', (value) => heard.push(`last ${value}`))
  emitter.emit('x', 1)
  off()
  assert.deepEqual(heard, ['last 1'])
  return Promise.resolve().then(() => assert.deepEqual(failed, [['x', 'mine'], ['x', 'later']]))
})

test('a pong in time gives the latency; silence ends it; a timer that comes late accuses nobody', () => {
  const clock = new Clock()
  const told = []
  let id
  const heartbeat = new Heartbeat(clock.environment, { interval: 15_000, timeout: 10_000 }, {
    ping: (given) => (id = given),
    latency: (ms) => told.push(ms),
    dead: () => told.push('dead'),
  })
  heartbeat.start()
  clock.pass(40)
  heartbeat.pong(id, '2026-01-01T00:00:00Z')
  assert.deepEqual(told, [40])
  clock.pass(15_000)
  // A laptop sleeps: the clock jumps, the timer rings afterwards.
  clock.jump(3_600_000)
  assert.deepEqual(told, [40])
  // Frames that come are life enough.
  clock.pass(9_000)
  heartbeat.heard()
  clock.pass(2_000)
  assert.deepEqual(told, [40])
  clock.pass(30_000)
  assert.deepEqual(told, [40, 'dead'])
  heartbeat.stop()
})

test('a connection that is begun anew time and again waits longer and longer', async () => {
  const clock = new Clock()
  const waits = []
  const tokens = { get: async () => 'token' }
  const core = { env: clock.environment, tokens, options: { backoff: { min: 100, max: 1_000, attempts: Infinity, healthy: 5_000 } } }
  const line = new Line(core, {
    dial: (_, events) => {
      events.open({})
      return { close: () => {} }
    },
    opened: () => {},
    lost: () => {},
    changed: ({ state, retryIn }) => state === 'reconnecting' && waits.push(retryIn),
  })
  line.start()
  for (let n = 0; n < 4; n += 1) {
    await turn()
    line.anew()
    clock.pass(waits.at(-1))
  }
  assert.deepEqual(waits, [100, 200, 400, 800])
})

test('frames go out no faster than the server takes them, in their order, and signals are what is dropped', () => {
  const clock = new Clock()
  const sent = []
  const pace = new Pace(clock.environment, (text) => sent.push(text))
  for (let n = 0; n < 1_000; n += 1) pace.send(`signal ${n}`, true)
  pace.send('subscribe', false)
  assert.equal(sent.length, 30)
  clock.pass(1_000)
  assert.ok(sent.length <= 46, `${sent.length} in a second`)
  clock.pass(60_000)
  assert.equal(sent.at(-1), 'subscribe')
  assert.deepEqual(sent.slice(0, 230), Array.from({ length: 230 }, (_, n) => `signal ${n}`))
  pace.stop()
})

test('one flush that fails does not take the others with it', () => {
  const clock = new Clock()
  const [flushed, failed] = [[], []]
  const batch = new Batch(clock.environment, true, (error) => failed.push(error.message))
  batch.ask(() => {
    throw new Error('mine')
  })
  batch.ask(() => flushed.push('other'))
  clock.pass(1)
  assert.deepEqual([flushed, failed], [['other'], ['mine']])
})

/** Lets everything that is due in this turn of the event loop happen. */
const turn = () => new Promise((resolve) => setImmediate(resolve))
