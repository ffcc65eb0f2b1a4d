// Tables of what needs no server: where a cursor goes, how long back-off waits, what a close code wants, in which order messages
// leave. Everything else is tested through the real server.

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
import { Outbox } from '../colloquy/outbox.js'
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

/** An outbox over a REST that answers when it is told to. */
function outbox(clock, options = {}) {
  const calls = []
  const api = {
    postMessage: (args, { idempotencyKey, signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        calls.push({ ...args, key: idempotencyKey, answer: () => resolve({ message: { id: args.content } }), refuse: reject })
      }),
  }
  const env = clock.environment
  const core = { env, api, options: { backoff: { min: 100, max: 1_000 } }, report: (error) => assert.fail(error) }
  return { calls, box: new Outbox(core, { limit: 3, ...options }) }
}

test('messages leave one after the other within a session, side by side over sessions', async () => {
  const { calls, box } = outbox(new Clock())
  const [a1, a2, b1] = [box.send('a', '1', {}), box.send('a', '2', {}), box.send('b', '3', {})]
  assert.deepEqual(calls.map((call) => call.content), ['1', '3'])
  assert.deepEqual([a1, a2, b1].map((sent) => sent.status), ['sending', 'waiting', 'sending'])
  calls[0].answer()
  assert.equal((await a1.result).message.id, '1')
  assert.deepEqual(calls.map((call) => call.content), ['1', '3', '2'])
  assert.deepEqual(box.entries, [a2, b1])
  assert.throws(() => [box.send('a', '4', {}), box.send('a', '5', {})], { code: 'outbox_full' })
})

test('what could not be sent is sent again with the same key before what came after it', async () => {
  const clock = new Clock()
  const { calls, box } = outbox(clock)
  const [first, second] = [box.send('a', '1', {}), box.send('a', '2', {})]
  calls[0].refuse(new ColloquyError({ code: 'network', detail: 'gone' }))
  await turn()
  assert.deepEqual([first.status, second.status], ['waiting', 'waiting'])
  clock.pass(100)
  assert.deepEqual(calls.map(({ content, key }) => [content, key]), [['1', first.key], ['1', first.key]])
  calls[1].answer()
  await first.result
  assert.equal(calls[2].content, '2')
})

test('a final refusal fails one message and lets the next one go; it can be tried again or taken back', async () => {
  const { calls, box } = outbox(new Clock())
  const [first, second] = [box.send('a', '1', {}), box.send('a', '2', {})]
  calls[0].refuse(new ColloquyError({ status: 409, code: 'session_closed', detail: 'closed', problem: { status: 409, code: 'session_closed' } }))
  await assert.rejects(first.result, { code: 'session_closed' })
  assert.deepEqual([first.status, calls[1].content], ['failed', '2'])
  calls[1].answer()
  await second.result
  first.retry()
  assert.equal(calls[2].key, first.key)
  calls[2].answer()
  await first.result
  const third = box.send('a', '3', {})
  third.discard()
  await assert.rejects(third.result, { code: 'discarded' })
  assert.deepEqual(box.entries, [])
})

test('what was taken back, or waits in a client that is closed, is over, and trying it again changes nothing', async () => {
  const { calls, box } = outbox(new Clock())
  const [gone, sending, waiting] = ['1', '2', '3'].map((content) => box.send('a', content, {}))
  gone.discard()
  gone.retry()
  await assert.rejects(gone.result, { code: 'discarded' })
  await turn()
  assert.deepEqual([gone.status, calls.map(({ content }) => content)], ['failed', ['1', '2']])
  box.close()
  for (const sent of [sending, waiting]) {
    await assert.rejects(sent.result, { code: 'closed' })
    sent.retry()
    await assert.rejects(sent.result, { code: 'closed' })
  }
  assert.equal(calls.length, 2)
})

test('what the server has refused stays refused over a reload, until it is asked for', async () => {
  const clock = new Clock()
  const kept = new Map()
  const storage = { load: (user) => kept.get(user) ?? [], save: (user, sends) => void kept.set(user, structuredClone(sends)) }
  const before = outbox(clock, { storage })
  before.box.belongsTo('ann')
  const [first, second] = [before.box.send('a', '1', {}), before.box.send('b', '2', {})]
  before.calls[0].refuse(new ColloquyError({ status: 409, code: 'session_closed', detail: 'closed', problem: { status: 409, code: 'session_closed' } }))
  await assert.rejects(first.result, { code: 'session_closed' })
  before.box.close()
  second.discard()
  const { calls, box } = outbox(clock, { storage })
  box.belongsTo('ann')
  const [loaded, ...others] = box.entries
  const { code, detail, status } = loaded.error
  assert.deepEqual([loaded.status, code, detail, status, others], ['failed', 'session_closed', 'closed', 409, []])
  box.flush()
  assert.deepEqual(calls, [])
  loaded.retry()
  assert.deepEqual([calls[0].key, kept.get('ann')[0].failed], [first.key, undefined])
  calls[0].answer()
  await loaded.result
  assert.deepEqual(kept.get('ann'), [])
})

test('what waits in a client that is closed has not failed where it is kept', async () => {
  const kept = new Map()
  const storage = { load: (user) => kept.get(user) ?? [], save: (user, sends) => void kept.set(user, structuredClone(sends)) }
  const { box } = outbox(new Clock(), { storage })
  box.belongsTo('ann')
  const [, gone] = [box.send('a', '1', {}), box.send('a', '2', {})]
  box.close()
  gone.discard()
  assert.deepEqual(kept.get('ann').map(({ content, failed }) => [content, failed]), [['1', undefined]])
})

test('unsent messages of one person are not sent as another, and are there again when the first comes back', async () => {
  const kept = new Map()
  const storage = {
    load: (user) => kept.get(user) ?? [],
    save: (user, sends) => kept.set(user, structuredClone(sends)),
  }
  const { calls, box } = outbox(new Clock(), { storage })
  box.belongsTo('ann')
  const sent = box.send('a', 'mine', {})
  calls[0].refuse(new ColloquyError({ code: 'network', detail: 'gone' }))
  await turn()
  box.belongsTo('bob')
  assert.deepEqual(box.entries, [])
  await assert.rejects(sent.result, { code: 'signed_out' })
  box.belongsTo('ann')
  assert.deepEqual(box.entries.map(({ content, key }) => [content, key]), [['mine', sent.key]])
  assert.equal(calls.length, 2)
})

test('what may have arrived longer ago than the server knows keys is not sent again by itself', () => {
  const clock = new Clock()
  const storage = { load: () => [{ key: 'k', session_id: 'a', content: 'old', at: clock.now - 24 * 3_600_000, tried: true }], save: () => {} }
  const { calls, box } = outbox(clock, { storage })
  box.belongsTo('ann')
  assert.deepEqual([calls.length, box.entries[0].status, box.entries[0].error?.code], [0, 'failed', 'too_old'])
})

test('what may have arrived longer ago than the server knows keys fails in an open page, too, until it is asked for', async () => {
  const clock = new Clock()
  const { calls, box } = outbox(clock)
  const [old, fresh] = [box.send('a', 'old', {}), box.send('a', 'fresh', {})]
  calls[0].refuse(new ColloquyError({ code: 'network', detail: 'gone' }))
  await turn()
  // Trying again does not make the first time later.
  clock.pass(100)
  calls[1].refuse(new ColloquyError({ code: 'network', detail: 'gone' }))
  await turn()
  clock.jump(24 * 3_600_000)
  await assert.rejects(old.result, { code: 'too_old' })
  assert.deepEqual(calls.map(({ content }) => content), ['old', 'old', 'fresh'])
  calls[2].answer()
  await fresh.result
  old.retry()
  assert.equal(calls[3].content, 'old')
  calls[3].answer()
  await old.result
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
