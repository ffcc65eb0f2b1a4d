// In which order messages leave, when they are tried again, and what becomes of them where they are kept: with a REST that answers
// when it is told to.

import assert from 'node:assert/strict'
import test from 'node:test'

import { ColloquyError } from '../colloquy/error.js'
import { Outbox } from '../colloquy/outbox.js'
import { localStorageOutbox } from '../colloquy/storage.js'
import { Clock } from './clock.mjs'
import { localStorageFor } from './setup.mjs'
import { settle } from './wire.mjs'

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
  await settle()
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
  await settle()
  assert.deepEqual([gone.status, calls.map(({ content }) => content)], ['failed', ['1', '2']])
  box.close()
  for (const sent of [sending, waiting]) {
    await assert.rejects(sent.result, { code: 'closed' })
    sent.retry()
    await assert.rejects(sent.result, { code: 'closed' })
  }
  assert.equal(calls.length, 2)
})

test('a key that was taken back can be sent with again', async (t) => {
  localStorageFor(t)
  const { calls, box } = outbox(new Clock(), { storage: localStorageOutbox() })
  box.belongsTo('ann')
  const first = box.send('a', 'first', { key: 'draft' })
  first.discard()
  await assert.rejects(first.result, { code: 'discarded' })
  await settle()
  const second = box.send('a', 'second', { key: 'draft' })
  calls.at(-1).answer()
  assert.equal((await second.result).message.id, 'second')
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
  await settle()
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
  await settle()
  // Trying again does not make the first time later.
  clock.pass(100)
  calls[1].refuse(new ColloquyError({ code: 'network', detail: 'gone' }))
  await settle()
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

/** The outboxes of two tabs of one person that have loaded the same message, which nobody has answered yet. */
async function tabs(t) {
  const storage = localStorageOutbox()
  localStorageFor(t)
  const clock = new Clock()
  const [writer, ...both] = [1, 2, 3].map(() => outbox(clock, { storage }))
  writer.box.belongsTo('ann')
  writer.box.send('a', 'mine', {})
  writer.box.close()
  for (const { box } of both) box.belongsTo('ann')
  const offline = async () => {
    for (const { calls } of both) calls.at(-1)?.refuse(new ColloquyError({ code: 'network', detail: 'gone' }))
    await settle()
  }
  return { clock, storage, both, offline }
}

test('what was taken back in one tab is not posted by another one', async (t) => {
  const { clock, storage, both: [one, two], offline } = await tabs(t)
  await offline()
  one.box.entries[0].discard()
  const [taken] = two.box.entries
  clock.pass(1_000)
  await assert.rejects(taken.result, { code: 'discarded' })
  assert.deepEqual([two.calls.length, two.box.entries, storage.load('ann')], [1, [], []])
})

test('what was taken back in one tab is not put back by what another one keeps', async (t) => {
  const { storage, both: [one, two], offline } = await tabs(t)
  await offline()
  one.box.entries[0].discard()
  const other = two.box.send('b', 'another', {})
  assert.deepEqual([two.box.entries, storage.load('ann').map(({ content }) => content)], [[other], ['another']])
})

test('what was taken back in one tab while another one posts it is answered there, and not kept any longer', async (t) => {
  const { storage, both: [one, two] } = await tabs(t)
  one.box.entries[0].discard()
  const [sent] = two.box.entries
  two.box.send('b', 'another', {})
  assert.deepEqual([sent.status, storage.load('ann').map(({ content }) => content)], ['sending', ['another']])
  two.calls[0].answer()
  assert.equal((await sent.result).message.id, 'mine')
})

test('what one tab has sent is answered in another one, too, by the same key', async (t) => {
  const { clock, storage, both: [one, two], offline } = await tabs(t)
  const [sent] = two.box.entries
  await offline()
  clock.pass(1_000)
  one.calls[1].answer()
  await one.box.entries[0].result
  assert.deepEqual(two.calls.map(({ key }) => key), [sent.key, sent.key])
  two.calls[1].answer()
  await sent.result
  assert.deepEqual(storage.load('ann'), [])
})

test('a message that the browser refuses to keep is sent all the same', async (t) => {
  localStorageFor(t, 1)
  const clock = new Clock()
  const { calls, box } = outbox(clock, { storage: localStorageOutbox() })
  box.belongsTo('ann')
  const [kept, unkept] = [box.send('a', '1', {}), box.send('b', '2', {})]
  for (const call of calls) call.refuse(new ColloquyError({ code: 'network', detail: 'gone' }))
  await settle()
  clock.pass(1_000)
  calls[2].answer()
  calls[3].answer()
  await Promise.all([kept.result, unkept.result])
})
