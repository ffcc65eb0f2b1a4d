// One's notifications, live, against the real server: what comes, what one reads and dismisses here and elsewhere.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import { startServer } from '../../../tests/web/kit/server.mjs'
import { Person, cast, freshName, until } from '../../../tests/web/kit/people.mjs'
import { clientOf, wireFor } from './state-kit.mjs'

let server
let admin
before(async () => {
  server = await startServer({ settings: { COLLOQUY_REPLAY_LIMIT: '5' } })
  admin = await Person.register(server.url, freshName('admin'))
})
after(() => server?.close())

async function stage(t, mentions = 0, options = {}) {
  const people = await cast(server.url)
  const { owner, viewer, session } = people
  await viewer.call('POST', '/notifications/read-all')
  const mention = () => owner.post(session, `See this, @${viewer.username}`)
  for (let at = 0; at < mentions; at += 10) await Promise.all(Array.from({ length: Math.min(10, mentions - at) }, mention))
  const client = clientOf(t, viewer, options)
  const state = client.watchNotifications()
  await until(() => state.get().status === 'live', 'live')
  return { ...people, client, state, mention }
}

/** Waits until the list and the count are the server's. */
async function sameAsFresh(state, person) {
  let loaded
  let held
  const same = async () => {
    const [{ items }, { unread }] = await Promise.all([person.get('/notifications?limit=50'), person.get('/notifications/unread-count')])
    loaded = { items: items.map(timeless), unread }
    held = { items: state.get().items.slice(0, items.length).map(timeless), unread: state.get().unread }
    return isDeepStrictEqual(held, loaded)
  }
  await until(same, 'the same', 6_000).catch(() => assert.deepEqual(held, loaded))
}

/** Of the time of reading no more than that there is one: one's own clock shows it beforehand. */
function timeless(item) {
  return { ...item, read_at: Boolean(item.read_at) }
}

test('what comes is there at once, and counted', async (t) => {
  const { state, viewer, owner, bot, mention } = await stage(t, 2)
  await sameAsFresh(state, viewer)
  assert.deepEqual([state.get().items.length, state.get().unread], [3, 2])
  await mention()
  await owner.call('PUT', `/bots/${bot.id}/permissions/${viewer.id}`, { role: 'editor' })
  await admin.call('POST', '/admin/broadcast', { message: 'Tonight at eight', level: 'warning' })
  await until(() => state.get().unread === 5, 'three more')
  await sameAsFresh(state, viewer)
  assert.equal(state.get().items[0].notification_type, 'system')
})

test('what one reads and dismisses is so at once, here and on other devices', async (t) => {
  const { state, viewer } = await stage(t, 3)
  const other = clientOf(t, await viewer.again()).watchNotifications()
  await until(() => other.get().items.length === 4, 'the other device')
  const [newest, second] = state.get().items
  const read = state.markRead(newest.id)
  assert.deepEqual([state.get().unread, Boolean(state.get().items[0].read_at)], [2, true])
  await read
  await state.markRead(newest.id)
  assert.equal(state.get().unread, 2)
  await state.dismiss(second.id)
  assert.deepEqual([state.get().unread, state.get().items.length], [1, 3])
  for (const each of [state, other]) await sameAsFresh(each, viewer)
  await other.markAllRead()
  for (const each of [state, other]) await sameAsFresh(each, viewer)
  assert.equal(state.get().unread, 0)
})

test('a refusal is told, and what was shown beforehand is taken back', async (t) => {
  const { state, viewer } = await stage(t, 1)
  const [{ id }] = state.get().items
  await viewer.call('DELETE', `/notifications/${id}`)
  await until(() => state.get().items.every((item) => item.id !== id), 'its end')
  await assert.rejects(state.markRead(id), { status: 404 })
  await sameAsFresh(state, viewer)
})

test('what was missed comes with the connection, be it little or much', async (t) => {
  const wire = await wireFor(t, server)
  const { client, state, viewer, mention } = await stage(t, 1, { url: wire.url })
  for (const missed of [2, 8]) {
    await wire.cut()
    for (let at = 0; at < missed; at += 1) await mention()
    await wire.mend(client)
    await until(() => state.get().status === 'live', 'live')
    await sameAsFresh(state, viewer)
  }
  assert.equal(state.get().unread, 11)
})

test('older ones come by the page', async (t) => {
  const { state, mention } = await stage(t, 70)
  assert.deepEqual([state.get().items.length, state.get().more], [50, true])
  const loads = state.loadMore()
  await mention()
  await loads
  await until(() => state.get().items.length === 72, 'all')
  assert.deepEqual([state.get().more, state.get().unread], [false, 71])
  assert.equal(new Set(state.get().items.map(({ id }) => id)).size, 72)
})

test('without a WebSocket they come by looking, and are counted once', async (t) => {
  const { owner, viewer, session } = await cast(server.url)
  await viewer.call('POST', '/notifications/read-all')
  const client = clientOf(t, viewer, { transports: ['poll'], pollInterval: 50 })
  const state = client.watchNotifications()
  await until(() => state.get().status === 'live', 'live')
  for (const count of [1, 2]) {
    await owner.post(session, `See this, @${viewer.username}`)
    await until(() => state.get().unread === count, 'one more')
  }
  await sameAsFresh(state, viewer)
  await viewer.call('POST', `/notifications/${state.get().items[0].id}/read`)
  await until(() => state.get().unread === 1, 'what another device has read')
  await sameAsFresh(state, viewer)
  await state.markAllRead()
  await sameAsFresh(state, viewer)
})
