// The live state of a bot through what happens to the connection, to one's role and to what one sends, against the real server.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { startServer } from '../../../tests/web/kit/server.mjs'
import { Person, cast, freshName, until } from '../../../tests/web/kit/people.mjs'
import { clientOf, sameAsFresh, watched, wireFor } from './state-kit.mjs'

let server
/** The first account of an installation. */
let admin
before(async () => {
  server = await startServer({ settings: { COLLOQUY_REPLAY_LIMIT: '20' } })
  admin = await Person.register(server.url, freshName('admin'))
})
after(() => server?.close())

/** A cast, and one of them with a live state. */
async function stage(t, who = 'viewer', options = {}) {
  const people = await cast(server.url)
  const person = people[who]
  const client = clientOf(t, person, options)
  return { ...people, client, person, state: await watched(client, people.bot) }
}

/** Everything of this text that is shown, in each picture from now on. */
function pictures(state, session, content) {
  const seen = []
  const take = () => {
    const { messages, waiting } = state.get()
    const of = (rows, what) => rows.filter((row) => row.content === content).map((row) => (what === 'there' ? what : row.status))
    seen.push([...of(messages[session.id]?.items ?? [], 'there'), ...of(waiting[session.id] ?? [])])
  }
  state.subscribe(take)
  return seen
}

describe('the end of access', () => {
  const ENDS = [
    ['revoked, with who did it', 'revoked', 'ann', ({ owner, bot, viewer }) => owner.revoke(bot, viewer)],
    ['left', 'left', 'self', ({ bot, viewer }) => viewer.revoke(bot, viewer)],
    ['deleted', 'deleted', 'ann', ({ owner, bot }) => owner.call('DELETE', `/bots/${bot.id}`)],
  ]
  for (const [name, kind, by, end] of ENDS) {
    test(`is told: ${name}`, async (t) => {
      const stage_ = await stage(t)
      const { state, owner, viewer, session } = stage_
      await owner.post(session, 'Nobody else is to see this')
      await until(() => state.get().messages[session.id].items.length === 1, 'a message')
      await end(stage_)
      await until(() => state.get().status === 'gone', 'the end')
      const { reason, code, role, messages, sessions, bot } = state.get()
      const who = by === 'self' ? viewer : owner
      assert.deepEqual([reason.kind, reason.by], [kind, { user_id: who.id, username: who.username }])
      assert.ok(code)
      assert.deepEqual([role, messages, sessions, bot.name], [null, {}, [], 'Librarian'])
    })
  }

  test('is told: suspended, also to owners', async (t) => {
    const { state, bot } = await stage(t, 'owner')
    await admin.call('PATCH', `/admin/bots/${bot.id}`, { suspended: true })
    await until(() => state.get().status === 'gone', 'the end')
    assert.deepEqual(state.get().reason.kind, 'suspended')
    await admin.call('PATCH', `/admin/bots/${bot.id}`, { suspended: false })
    await state.refresh()
    await until(() => state.get().status === 'live', 'its return')
  })

  test('of a bot that one may not see, it says no more than that', async (t) => {
    const { bot, stranger } = await cast(server.url)
    const client = clientOf(t, stranger)
    for (const id of [bot.id, 'nonsense']) {
      const state = client.watch(id)
      await until(() => state.get().status === 'gone', 'the refusal')
      assert.deepEqual(state.get().reason, { kind: 'not_found', by: null, at: null })
      assert.equal(state.get().bot, null)
    }
  })

  test('is not for ever: after a new grant a refresh brings it back', async (t) => {
    const { state, owner, viewer, bot } = await stage(t)
    await owner.revoke(bot, viewer)
    await until(() => state.get().status === 'gone', 'the end')
    await owner.grant(bot, viewer, 'editor')
    await state.refresh()
    await until(() => state.get().status === 'live', 'its return')
    assert.equal(state.get().reason, undefined)
    await sameAsFresh(state, viewer, bot)
  })
})

describe('what one sends', () => {
  test('is shown once at every moment, from the call to the message', async (t) => {
    const { client, state, session } = await stage(t)
    for (let round = 0; round < 5; round += 1) {
      const text = `Number ${round}`
      const seen = pictures(state, session, text)
      const sent = client.send(session.id, text, { reply: false })
      assert.equal(state.get().waiting[session.id][0].content, text)
      const { message } = await sent.result
      await until(() => state.get().messages[session.id].items.some(({ id }) => id === message.id), 'the message')
      await until(() => !state.get().waiting[session.id], 'nothing waits')
      for (const picture of seen) assert.equal(picture.length, 1, JSON.stringify(seen))
      assert.equal(state.keyOf(message.id), sent.key)
    }
  })

  test('waits while there is no connection, and goes in order when there is one', async (t) => {
    let offline = false
    const network = (...args) => (offline ? Promise.reject(new TypeError('offline')) : fetch(...args))
    const { client, state, session, owner } = await stage(t, 'viewer', { fetch: network })
    offline = true
    const texts = ['one', 'two', 'three']
    for (const text of texts) client.send(session.id, text, { reply: false })
    await until(() => state.get().waiting[session.id].every(({ status }) => status === 'waiting'), 'all wait')
    assert.deepEqual(state.get().waiting[session.id].map(({ content }) => content), texts)
    await owner.post(session, 'meanwhile')
    const seen = texts.map((text) => pictures(state, session, text))
    offline = false
    client.reconnect()
    await until(() => !state.get().waiting[session.id], 'nothing waits')
    assert.deepEqual(state.get().messages[session.id].items.map(({ content }) => content), ['meanwhile', ...texts])
    for (const picture of seen.flat()) assert.equal(picture.length, 1)
  })

  test('is shown once also when its answer is lost and its event is not', async (t) => {
    let cut = true
    const lossy = async (...args) => {
      const answer = await fetch(...args)
      if (cut && args[1]?.method === 'POST') throw new TypeError('cut')
      return answer
    }
    const { client, state, session } = await stage(t, 'viewer', { fetch: lossy })
    const seen = pictures(state, session, 'Twice?')
    const sent = client.send(session.id, 'Twice?', { reply: false })
    await until(() => state.get().messages[session.id].items.length === 1, 'the message')
    cut = false
    await sent.result
    await until(() => !state.get().waiting[session.id], 'nothing waits')
    for (const picture of seen) assert.equal(picture.length, 1, JSON.stringify(seen))
  })

  test('stays, as failed and with its reason, when the server refuses it, until it is tried again or discarded', async (t) => {
    const { client, state, session, owner } = await stage(t)
    await owner.closeSession(session)
    for (const text of ['again', 'never']) client.send(session.id, text, { reply: false })
    await until(() => state.get().waiting[session.id]?.every(({ status }) => status === 'failed'), 'both fail')
    assert.equal(state.get().waiting[session.id][0].error.code, 'session_closed')
    await owner.call('PATCH', `/sessions/${session.id}`, { status: 'open' })
    state.get().waiting[session.id][1].discard()
    state.get().waiting[session.id][0].retry()
    await until(() => !state.get().waiting[session.id], 'nothing waits')
    assert.deepEqual(state.get().messages[session.id].items.map(({ content }) => content), ['again'])
  })

  test('is told apart from the same words sent elsewhere', async (t) => {
    const { client, state, session, viewer } = await stage(t)
    const other = clientOf(t, await viewer.again())
    const both = [client, other].map((one) => one.send(session.id, 'Same', { reply: false }).result)
    const ids = (await Promise.all(both)).map(({ message }) => message.id)
    await until(() => state.get().messages[session.id].items.length === 2 && !state.get().waiting[session.id], 'both')
    assert.deepEqual(state.get().messages[session.id].items.map(({ id }) => id).toSorted(), ids.toSorted())
  })
})

describe('the connection', () => {
  test('comes back with what was missed, and shows that it was away', async (t) => {
    const wire = await wireFor(t, server)
    const { client, state, owner, viewer, bot, session } = await stage(t, 'viewer', { url: wire.url })
    await wire.cut()
    await until(() => state.get().status === 'away', 'away')
    for (let at = 0; at < 5; at += 1) await owner.post(session, `missed ${at}`)
    const before = state.get().messages[session.id]
    await wire.mend(client)
    await until(() => state.get().status === 'live', 'its return')
    await sameAsFresh(state, viewer, bot)
    assert.equal(before.items.length, 0, 'what was held then is not changed')
  })

  test('comes back with a fresh state when too much was missed, and keeps what is equal', async (t) => {
    const wire = await wireFor(t, server)
    const { client, state, owner, viewer, bot, session } = await stage(t, 'viewer', { url: wire.url })
    const calm = await owner.createSession(bot)
    await owner.post(calm, 'quiet here')
    await until(() => state.get().messages[calm.id]?.items.length === 1, 'a message')
    const kept = state.get().messages[calm.id].items[0]
    await wire.cut()
    for (let at = 0; at < 30; at += 1) await owner.post(session, `missed ${at}`)
    await wire.mend(client)
    await sameAsFresh(state, viewer, bot)
    assert.equal(state.get().messages[calm.id].items[0], kept)
    assert.equal(state.get().messages[session.id].items.length, 30)
  })

  test('comes back whole to one who lost the bot and was given it again meanwhile', async (t) => {
    const wire = await wireFor(t, server)
    const { client, state, owner, viewer, bot, session } = await stage(t, 'viewer', { url: wire.url })
    await wire.cut()
    await owner.post(session, 'before')
    await owner.revoke(bot, viewer)
    await owner.post(session, 'in between')
    await owner.grant(bot, viewer, 'editor')
    await wire.mend(client)
    await until(() => state.get().status === 'live' && state.get().role === 'editor', 'its return')
    await sameAsFresh(state, viewer, bot)
    assert.equal(state.get().reason, undefined)
  })

  test('shows nothing of one person to the next', async (t) => {
    const { client, state, viewer, owner, editor, bot, session } = await stage(t)
    const own = await viewer.createSession(bot, { visibility: 'private' })
    await until(() => state.get().sessions.length === 2, 'the private session')
    await client.logOut()
    assert.deepEqual([state.get().status, state.get().reason.kind, state.get().sessions], ['gone', 'signed_out', []])
    await client.logIn({ username: editor.username, password: editor.password })
    await until(() => state.get().status === 'live', 'live again')
    assert.deepEqual([state.get().me.user_id, state.get().role], [editor.id, 'editor'])
    assert.equal(state.get().messages[own.id], undefined)
    await owner.post(session, 'Hello')
    await sameAsFresh(state, editor, bot)
    await client.logIn({ username: owner.username, password: owner.password })
    await until(() => state.get().role === 'owner', 'the owner')
    await sameAsFresh(state, owner, bot)
  })

  test('gives one state to all who watch, and ends it a while after the last', async (t) => {
    const { client, state, bot, owner, viewer } = await stage(t)
    const looker = await watched(clientOf(t, owner), bot)
    const here = () => looker.get().online.some(({ user_id }) => user_id === viewer.id)
    await until(here, 'the viewer')
    assert.equal(client.watch(bot.id), state)
    state.release()
    state.release()
    assert.equal(client.watch(bot.id), state, 'at once it is still there')
    state.release()
    await until(() => !here(), 'nobody')
    assert.notEqual(client.watch(bot.id), state)
  })
})

const WAYS = [
  ['sockets of one channel each', { mode: 'separate' }],
  ['event streams', { transports: ['sse'] }],
  ['polls', { transports: ['poll'] }],
]

for (const [name, options] of WAYS) {
  test(`over ${name} the state is as good, but for signals`, async (t) => {
    const wire = await wireFor(t, server)
    const { client, state, owner, viewer, bot, session } = await stage(t, 'viewer', { ...options, url: wire.url })
    const same = () => sameAsFresh(state, viewer, bot, name, ['bot', 'role', 'members', 'sessions', 'documents'])
    const message = await owner.post(session, 'one')
    await same()
    await wire.cut()
    await until(() => state.get().status === 'away', 'away')
    await owner.call('PATCH', `/messages/${message.id}`, { content: 'two' })
    await owner.post(session, 'three')
    await wire.mend(client)
    await same()
    await wire.cut()
    for (let at = 0; at < 30; at += 1) await owner.post(session, `missed ${at}`)
    await wire.mend(client)
    await same()
    await client.send(session.id, 'mine', { reply: false }).result
    await until(() => !state.get().waiting[session.id], 'nothing waits')
    await same()
    await owner.revoke(bot, viewer)
    await until(() => state.get().status === 'gone', 'the end')
    // Who asks is refused, and is not told why.
    assert.ok(['revoked', 'not_found'].includes(state.get().reason.kind), state.get().reason.kind)
  })
}

test('a typist whose stop was lost is forgotten', async (t) => {
  let shift = 0
  let fire
  const timers = {
    setTimeout: (fn, ms) => (ms === 8_000 ? (fire = fn) : setTimeout(fn, ms)),
    clearTimeout: (timer) => clearTimeout(timer),
  }
  const { state, editor, bot, session } = await stage(t, 'viewer', { timers, now: () => Date.now() + shift })
  const other = await watched(clientOf(t, editor), bot)
  other.typing(session.id)
  await until(() => state.get().typing[session.id]?.length === 1, 'typing')
  shift = 8_000
  fire()
  assert.deepEqual(state.get().typing, {})
})

test('listeners are told after changes, not after they have unsubscribed, and harm nobody', async (t) => {
  const errors = []
  const { state, owner, session } = await stage(t, 'viewer', { errors })
  let told = 0
  state.subscribe(() => {
    throw new Error('mine')
  })
  const end = state.subscribe(() => (told += 1))
  await owner.post(session, 'one')
  await until(() => told > 0, 'a word')
  assert.equal(errors[0].error.message, 'mine')
  end()
  const before = told
  await owner.post(session, 'two')
  await until(() => state.get().messages[session.id].items.length === 2, 'the message')
  await until(() => errors.length >= 2, 'the other listener')
  assert.equal(told, before)
})

test('a message that was sent to another bot leaves nothing behind in the state of this one', async (t) => {
  const { client, person, owner } = await stage(t, 'owner')
  const other = await owner.createBot('Gardener')
  const session = await owner.createSession(other, { auto_reply: false })
  const send = async (bot_id) => {
    const sent = client.send(session.id, 'not for this bot', { reply: false, bot_id })
    await sent.result
    return new WeakRef(sent)
  }
  const left = [await send(other.id), await send(undefined)]
  assert.equal((await person.messages(session)).length, 2)
  const collect = collector()
  await until(() => {
    collect()
    return left.every((sent) => sent.deref() === undefined)
  }, 'that both are forgotten')
})

/** What frees memory at once; a program has to ask for it. */
function collector() {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
