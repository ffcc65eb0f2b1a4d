// What is older than a snapshot, what is open and what is let go, and counts that cannot be told from what is loaded, against
// the real server.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { startServer } from '../../../tests/web/kit/server.mjs'
import { cast, until } from '../../../tests/web/kit/people.mjs'
import { clientOf, postMany, sameAsFresh, watched, wireFor } from './state-kit.mjs'

let server
before(async () => {
  server = await startServer()
})
after(() => server?.close())

async function stage(t, { messages = 0, sessions = 0, ...options } = {}) {
  const people = await cast(server.url)
  const { owner, viewer, bot, session } = people
  const posted = await postMany(owner, session, messages)
  await Promise.all(Array.from({ length: sessions }, (_, at) => owner.createSession(bot, { title: `session ${at}`, auto_reply: false })))
  const client = clientOf(t, viewer, options)
  return { ...people, client, posted, state: await watched(client, bot) }
}

const items = (state, session) => state.get().messages[session.id]?.items ?? []
const texts = (rows) => rows.map(({ id, content }) => [id, content])
const unread = (state, session) => state.get().sessions.find(({ id }) => id === session.id).unread

describe('older messages', () => {
  test('come page by page until there are no more', async (t) => {
    const { state, owner, session } = await stage(t, { messages: 120 })
    assert.deepEqual([items(state, session).length, state.get().messages[session.id].more], [50, true])
    assert.equal(unread(state, session), 120)
    while (state.get().messages[session.id].more) await state.loadOlder(session.id)
    assert.deepEqual(texts(items(state, session)), texts(await owner.messages(session)))
    assert.equal(unread(state, session), 120)
  })

  test('are right also when they are edited and deleted while they come', async (t) => {
    const { state, owner, session, posted } = await stage(t, { messages: 120 })
    const changes = [
      ...[0, 30, 69, 70].map((at) => owner.call('DELETE', `/messages/${posted[at].id}`)),
      ...[1, 31, 68, 71].map((at) => owner.call('PATCH', `/messages/${posted[at].id}`, { content: `edited ${at}` })),
    ]
    const loads = state.loadOlder(session.id)
    await Promise.all([...changes, loads])
    await until(() => items(state, session).every(({ id }) => id !== posted[70].id), 'a deletion')
    while (state.get().messages[session.id].more) await state.loadOlder(session.id)
    const there = texts(await owner.messages(session))
    await until(() => JSON.stringify(texts(items(state, session))) === JSON.stringify(there), 'the same').catch(() =>
      assert.deepEqual(texts(items(state, session)), there),
    )
    await until(() => unread(state, session) === 116, 'the count').catch(() => assert.equal(unread(state, session), 116))
  })

  test('are asked for once, however often one asks', async (t) => {
    const { state, client, session } = await stage(t, { messages: 60 })
    const [one, two] = [state.loadOlder(session.id), state.loadOlder(session.id)]
    assert.equal(one, two)
    assert.equal(state.get().messages[session.id].loading, true)
    await one
    assert.deepEqual([items(state, session).length, state.get().messages[session.id].loading], [60, false])
    assert.equal(client.state, 'open')
  })

  test('that do not come are said to whoever asked for them, and come when asked again', async (t) => {
    const wire = await wireFor(t, server)
    const { state, client, session } = await stage(t, { messages: 60, sessions: 50, url: wire.url })
    await state.open(session.id)
    await wire.cut()
    await assert.rejects(state.loadOlder(session.id), { status: 0 })
    await assert.rejects(state.loadMoreSessions(), { status: 0 })
    assert.equal(state.get().messages[session.id].loading, false)
    await wire.mend(client)
    await state.loadOlder(session.id)
    await state.loadMoreSessions()
    assert.deepEqual([items(state, session).length, state.get().sessions.length], [60, 51])
  })
})

describe('unread messages that are not loaded', () => {
  const counted = async (state, viewer, session) => {
    const { unread: count } = await viewer.get(`/sessions/${session.id}`)
    await until(() => unread(state, session) === count, 'the count').catch(() => assert.equal(unread(state, session), count))
  }

  test('stay rightly counted when one of them is deleted', async (t) => {
    const { state, owner, viewer, session, posted } = await stage(t, { messages: 60 })
    await owner.call('DELETE', `/messages/${posted[3].id}`)
    await until(() => state.get().sessions[0].message_count === 59, 'the deletion')
    await counted(state, viewer, session)
  })

  test('stay rightly counted when another device reads some of them', async (t) => {
    const { state, viewer, session, posted } = await stage(t, { messages: 60 })
    for (const at of [3, 40, 59]) {
      await viewer.call('PUT', `/sessions/${session.id}/read`, { message_id: posted[at].id })
      await until(() => state.get().read[session.id][viewer.id] === posted[at].id, 'the mark')
      await counted(state, viewer, session)
    }
    assert.equal(unread(state, session), 0)
  })

  test('are read when one says so, at once and for all devices', async (t) => {
    const wire = await wireFor(t, server)
    const { state, owner, viewer, session, client } = await stage(t, { messages: 3, url: wire.url })
    state.markRead(session.id)
    assert.equal(unread(state, session), 0)
    await until(async () => (await viewer.get(`/sessions/${session.id}`)).unread === 0, 'the server knows')
    await wire.cut()
    await owner.post(session, 'one more')
    await wire.mend(client)
    await until(() => unread(state, session) === 1, 'one more')
  })
})

describe('sessions', () => {
  test('beyond the newest fifty come by the page', async (t) => {
    const { state, viewer, bot } = await stage(t, { sessions: 54 })
    assert.deepEqual([state.get().sessions.length, state.get().moreSessions], [50, true])
    await state.loadMoreSessions()
    assert.deepEqual([state.get().sessions.length, state.get().moreSessions], [55, false])
    const { items: all } = await viewer.get(`/bots/${bot.id}/sessions?limit=100`)
    assert.deepEqual(state.get().sessions.map(({ id, unread: count }) => [id, count]), all.map(({ id, unread: count }) => [id, count]))
  })

  test('that are old are there when one opens them, and stay when the state is loaded anew', async (t) => {
    const { state, owner, session } = await stage(t, { messages: 3, sessions: 50 })
    assert.equal(state.get().messages[session.id], undefined)
    await state.open(session.id)
    assert.equal(items(state, session).length, 3)
    await owner.post(session, 'and live')
    await until(() => items(state, session).length === 4, 'a live message')
    await state.refresh()
    await until(() => items(state, session).length === 4, 'the same again')
    assert.equal(unread(state, session), 4)
  })

  test('that are not loaded are when something is said in them, also when the state is loaded anew', async (t) => {
    const { state, owner, session } = await stage(t, { messages: 2, sessions: 52 })
    const { items: all } = await owner.get(`/bots/${session.bot_id}/sessions?limit=100`)
    const listed = new Set(state.get().sessions.map(({ id }) => id))
    const [other, quiet] = all.filter(({ id }) => !listed.has(id) && id !== session.id)
    assert.equal(listed.has(session.id), false)
    await Promise.all([owner.post(session, 'Is anybody here?'), owner.post(other, 'Or here?')])
    const both = () => [session, other].every(({ id }) => state.get().sessions.some((one) => one.id === id))
    await until(both, 'both')
    await until(() => items(state, session).length === 3 && items(state, other).length === 1, 'their messages')
    assert.deepEqual([unread(state, session), unread(state, other)], [3, 1])
    await state.refresh()
    await until(both, 'both again')
    await owner.call('PATCH', `/sessions/${quiet.id}`, { title: 'Renamed' })
    await owner.post(session, 'One more')
    await until(() => unread(state, session) === 4, 'the count')
    assert.equal(state.get().sessions.some(({ id }) => id === quiet.id), false, 'a new name alone is left to its page')
  })

  test('that were opened during a break have their messages after it', async (t) => {
    const wire = await wireFor(t, server)
    const { state, client, session } = await stage(t, { messages: 3, sessions: 50, url: wire.url, errors: [] })
    await state.loadMoreSessions()
    assert.equal(items(state, session).length, 0)
    await wire.cut()
    await state.open(session.id)
    await wire.mend(client)
    await until(() => items(state, session).length === 3, 'the messages')
  })

  test('that are not open keep the newest messages alone', async (t) => {
    const { state, owner, bot, session } = await stage(t)
    const open = await owner.createSession(bot, { auto_reply: false })
    await until(() => state.get().sessions.length === 2, 'both')
    await state.open(open.id)
    await Promise.all([postMany(owner, session, 310), postMany(owner, open, 310)])
    await until(() => items(state, open).length === 310 && unread(state, session) === 310, 'all of them')
    assert.ok(items(state, session).length <= 300)
    assert.equal(state.get().messages[session.id].more, true)
    assert.equal(unread(state, open), 310)
    state.close(open.id)
    assert.equal(items(state, open).length, 200)
  })
})

test('documents beyond the newest hundred come by the page', async (t) => {
  const { owner, viewer, bot } = await stage(t)
  const upload = (at) => owner.upload(bot, `${at}.txt`, `Note ${at} says nothing.`)
  for (let at = 0; at < 103; at += 10) await Promise.all(Array.from({ length: Math.min(10, 103 - at) }, (_, of) => upload(at + of)))
  const state = await watched(clientOf(t, viewer), bot)
  assert.deepEqual([state.get().documents.length, state.get().moreDocuments], [100, true])
  await state.loadMoreDocuments()
  assert.equal(state.get().moreDocuments, false)
  const ids = state.get().documents.map(({ id }) => id)
  assert.deepEqual([ids.length, ids], [103, ids.toSorted().reverse()])
})

test('a burst is told in few words and lost in none', async (t) => {
  const wire = await wireFor(t, server)
  const { client, state, owner, viewer, bot, session } = await stage(t, { url: wire.url })
  await wire.cut()
  await postMany(owner, session, 300)
  let told = 0
  state.subscribe(() => (told += 1))
  await wire.mend(client)
  await until(() => unread(state, session) === 300, 'all of them')
  await sameAsFresh(state, viewer, bot)
  assert.ok(told < 200, `${told} times`)
})
