// Live channels through the real server: what the conformance suite does not ask of every client, since it is this one's own.

import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'

import { cast, clientFor, Ear, next, Person, proxyFor, QUICK, serverFor, startServer, until, whilePosting } from './setup.mjs'
import { Colloquy } from '../colloquy/index.js'

let server
/** The first account of the server is its administrator. */
let admin
before(async () => {
  server = await startServer()
  admin = await Person.register(server.url, 'root')
})
after(() => server.close())

test('channels asked for in one go go out in one frame, and a channel is one object for all who ask', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const client = clientFor(t, server.url, owner)
  const out = []
  client.on('frame', ({ direction, frame }) => direction === 'out' && frame.type === 'subscribe' && out.push(frame))
  const channels = [client.bot(bot.id), client.session(session.id), client.notifications(), client.tasks()]
  assert.equal(client.bot(bot.id), channels[0])
  await Promise.all(channels.map((channel) => new Ear(channel).live()))
  assert.deepEqual(out.map(({ data }) => data.channels.map(({ channel }) => channel)), [channels.map(({ name }) => name)])
})

test('who leaves and comes back in one go has never left; who has left hears nothing', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const client = clientFor(t, server.url, owner)
  const channel = client.bot(bot.id)
  const ear = new Ear(channel)
  await ear.live()
  const names = []
  client.on('frame', ({ direction, frame }) => direction === 'out' && names.push(frame.type))
  channel.leave()
  assert.equal(client.bot(bot.id), channel)
  await owner.post(session, 'one')
  await ear.text('one')
  assert.deepEqual(names.filter((type) => type !== 'ping'), [])
  channel.leave()
  const fresh = await new Promise((resolve) => queueMicrotask(() => resolve(client.bot(bot.id))))
  assert.notEqual(fresh, channel)
  const other = new Ear(fresh)
  await other.live()
  await owner.post(session, 'two')
  await other.text('two')
  assert.deepEqual([ear.texts, other.texts], [['one'], ['two']])
})

test('a bot that is joined while one of its sessions is live misses nothing of what happens meanwhile', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const client = clientFor(t, server.url, owner)
  const part = new Ear(client.session(session.id))
  await part.live()
  await whilePosting(owner, session, async () => {
    for (let n = 0; n < 15; n += 1) {
      const from = part.channel.seq
      const channel = client.bot(bot.id).since(from, part.channel.epoch)
      const whole = new Ear(channel)
      await whole.live()
      const live = whole.seqs.length
      await whole.until(() => whole.seqs.length >= live + 5, 'events after the join')
      const { seqs } = whole
      assert.deepEqual(seqs, seqs.map((_, i) => from + 1 + i))
      channel.leave()
      await new Promise((resolve) => queueMicrotask(resolve))
    }
  })
  const { seqs } = part
  assert.deepEqual(seqs, seqs.map((_, i) => seqs[0] + i), 'nor does the session')
})

test('a session that is listened to beside its bot gets its part of what is sent once', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  const client = clientFor(t, proxy.url, owner)
  const other = await owner.createSession(bot, { title: 'Other', auto_reply: false })
  const [whole, part] = [new Ear(client.bot(bot.id)), new Ear(client.session(session.id))]
  await Promise.all([whole.live(), part.live()])
  for (let n = 0; n < 20; n += 1) await owner.post(n % 2 ? other : session, `${n}`)
  await Promise.all([whole.text('19'), part.text('18')])
  // What is missed comes by two replays, which overlap with what is live already.
  proxy.cut()
  for (let n = 20; n < 40; n += 1) await owner.post(n % 2 ? other : session, `${n}`)
  await Promise.all([whole.text('39'), part.text('38')])
  await owner.post(session, 'last')
  await Promise.all([whole.text('last'), part.text('last')])
  assert.deepEqual(whole.texts, [...Array.from({ length: 40 }, (_, n) => `${n}`), 'last'])
  assert.deepEqual(part.texts, [...Array.from({ length: 20 }, (_, n) => `${2 * n}`), 'last'])
})

test('more channels than one socket takes go over two', async (t) => {
  const { owner, bot } = await cast(server.url)
  const client = clientFor(t, server.url, owner)
  const sessions = []
  for (let n = 0; n < 205; n += 1) sessions.push(await owner.createSession(bot, { title: `${n}`, auto_reply: false }))
  const ears = sessions.map(({ id }) => new Ear(client.session(id)))
  await Promise.all(ears.map((ear) => ear.live()))
  const { total_connections } = await admin.get('/ws/stats')
  assert.equal(total_connections, 2)
  await owner.post(sessions[0], 'first')
  await owner.post(sessions[204], 'last')
  await Promise.all([ears[0].text('first'), ears[204].text('last')])
})

test('a number from elsewhere begins there', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const { seq, epoch } = await owner.snapshot(bot)
  await owner.post(session, 'after the snapshot')
  const client = clientFor(t, server.url, owner)
  const channel = client.bot(bot.id).since(seq, epoch)
  const ear = new Ear(channel)
  await ear.text('after the snapshot')
  assert.deepEqual(ear.seqs, [seq + 1])
  assert.throws(() => channel.since(1), /joined already/)
  assert.throws(() => client.notifications().since(-1), TypeError)
  const page = await channel.history({ since: seq, limit: 10 })
  assert.deepEqual(page.events.map((event) => event.seq), [seq + 1])
})

test('a page of a session and of notifications can be asked for over the shared socket', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  await owner.post(session, 'early')
  const client = clientFor(t, server.url, owner)
  const [part, inbox] = [client.session(session.id), client.notifications()]
  await Promise.all([new Ear(part).live(), new Ear(inbox).live()])
  const { events } = await part.history()
  assert.deepEqual(events.filter(({ type }) => type === 'chat_message').map(({ data }) => data.content), ['early'])
  assert.equal((await inbox.history()).complete, true)
  assert.equal(bot.name, 'Librarian')
})

test('a token is renewed on the open socket, and never shows in the frames that an inspector sees', async (t) => {
  const short = await serverFor(t, { settings: { COLLOQUY_ACCESS_TOKEN: '12s' } })
  const { owner, bot, session } = await cast(short.url)
  const client = clientFor(t, short.url, owner)
  const [seen, states] = [[], []]
  client.on('frame', (entry) => seen.push(entry))
  const ear = new Ear(client.bot(bot.id))
  await ear.live()
  client.on('state', ({ state }) => states.push(state))
  const { frame } = await next(client, 'frame', ({ frame }) => frame.type === 'auth')
  assert.equal(frame.data.token, '…')
  await next(client, 'frame', ({ frame }) => frame.type === 'authenticated')
  client.send(session.id, 'after the renewal', { reply: false })
  await ear.text('after the renewal')
  assert.deepEqual(states, [])
  assert.ok(seen.every(({ bytes, at }) => bytes > 0 && at > 0))
  assert.ok(!JSON.stringify(seen).includes(owner.tokens.access_token))
})

test('without a WebSocket class it says so once and goes on by an event stream', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const hints = []
  const client = new Colloquy({ url: server.url, tokens: owner.tokens, ...QUICK })
  t.after(() => client.close())
  client.on('error', ({ error }) => hints.push(error.message))
  const ear = new Ear(client.bot(bot.id))
  await ear.live()
  await owner.post(session, 'by stream')
  await ear.text('by stream')
  assert.equal(client.transport, 'sse')
  assert.equal(hints.length, 1)
  assert.match(hints[0], /import WebSocket from 'ws'/)
  assert.throws(() => new Colloquy({ url: server.url, transports: ['websocket'] }), /there is no WebSocket here/)
})

test('in fall-back notifications are polled, and are told once when sockets are back', async (t) => {
  const { owner, viewer, bot } = await cast(server.url)
  const proxy = await proxyFor(t, server)
  const client = clientFor(t, proxy.url, viewer, { pollInterval: 20, upgradeAgain: 60_000 })
  const inbox = client.notifications()
  const ear = new Ear(inbox)
  await ear.live()
  const heal = proxy.refuseUpgrades()
  proxy.cut()
  await next(client, 'transport', (transport) => transport === 'sse')
  await owner.grant(bot, viewer, 'editor')
  await ear.until(() => ear.frames.length === 1, 'the change of role')
  assert.equal(ear.frames[0].notification_type, 'permission_change')
  heal()
  client.reconnect()
  await next(client, 'transport', (transport) => transport === 'websocket')
  await owner.grant(bot, viewer, 'viewer')
  await ear.until(() => ear.frames.some(({ seq }) => seq > 0), 'one with a number')
  assert.deepEqual(ear.frames.filter(({ type }) => type === 'notification').map(({ data }) => data.details.role), ['editor', 'viewer'])
})

test('a read marker set while away arrives when the channel is live again', async (t) => {
  const { owner, viewer, bot, session } = await cast(server.url)
  const message = await owner.post(session, 'read me')
  const proxy = await proxyFor(t, server)
  const client = clientFor(t, proxy.url, viewer)
  const channel = client.bot(bot.id)
  await new Ear(channel).live()
  await proxy.refuse()
  await next(channel, 'state', ({ state }) => state === 'away')
  channel.read(session.id, message.id)
  await proxy.heal()
  await until(async () => (await viewer.get(`/sessions/${session.id}`)).unread === 0, 'nothing unread')
})

test('who logs in as somebody else gets their own rights and nothing of the first', async (t) => {
  const { owner, viewer, stranger, bot, session } = await cast(server.url)
  const client = clientFor(t, server.url, null, { tokens: (await viewer.again()).tokens })
  const ear = new Ear(client.bot(bot.id))
  await ear.live()
  await client.logIn({ username: stranger.username, password: stranger.password })
  await ear.until(() => ear.channel.state === 'ended', 'refused to the other one')
  assert.equal(ear.channel.code, 'not_found')
  await owner.post(session, 'not for strangers')
  await client.logIn({ username: viewer.username, password: viewer.password })
  const again = new Ear(client.bot(bot.id))
  await again.live()
  assert.equal(client.user?.id, viewer.id)
  assert.deepEqual(again.texts, [])
})

test('messages written offline are kept where the outbox has a place, and go out from there', async (t) => {
  const { owner, session } = await cast(server.url)
  const kept = new Map()
  const storage = {
    load: (user) => kept.get(user) ?? [],
    save: (user, sends) => void kept.set(user, structuredClone(sends)),
  }
  const proxy = await proxyFor(t, server)
  await proxy.refuse()
  const before = clientFor(t, proxy.url, owner, { outbox: { storage } })
  const texts = ['first', 'second', 'third']
  for (const text of texts) before.send(session.id, text, { reply: false })
  before.close()
  assert.throws(() => before.send(session.id, 'late'), { code: 'closed' })
  await proxy.heal()
  const later = clientFor(t, proxy.url, owner, { outbox: { storage } })
  assert.deepEqual(later.outbox.entries.map(({ content }) => content), texts)
  await next(later, 'outbox', (entries) => entries.length === 0)
  assert.deepEqual((await owner.messages(session)).map(({ content }) => content), texts)
  assert.deepEqual(kept.get(owner.id), [])
})

test('a burst is handed out as one batch where batches are wanted, in order with everything else', async (t) => {
  const { owner, bot, session } = await cast(server.url)
  const { seq, epoch } = await owner.snapshot(bot)
  for (let n = 0; n < 50; n += 1) await owner.post(session, `${n}`)
  // The turn in which it is handed out is held back until all of it is there.
  const due = []
  const timers = { setTimeout: (run, ms) => (ms === 0 ? due.push(run) : setTimeout(run, ms)), clearTimeout: (timer) => clearTimeout(timer) }
  const client = clientFor(t, server.url, owner, { batch: true, timers, random: () => 1 })
  const there = next(client, 'frame', ({ frame }) => frame.type === 'replay_complete')
  const channel = client.bot(bot.id).since(seq, epoch)
  const sizes = []
  const order = []
  channel.on('batch', (frames) => sizes.push(frames.length))
  for (const type of ['greeting', 'frame', 'state']) channel.on(type, (value) => order.push(value.type ?? value.state ?? type))
  const ear = new Ear(channel)
  await there
  for (const run of due.splice(0)) run()
  await ear.live()
  assert.deepEqual(sizes, [51])
  assert.deepEqual([order[0], order.at(-2), order.at(-1)], ['greeting', 'replay_complete', 'live'])
})

for (const mode of ['shared', 'separate']) {
  test(`after as many attempts as were allowed it rests until it is told to try again [${mode}]`, async (t) => {
    const { owner, bot, session } = await cast(server.url)
    const proxy = await proxyFor(t, server)
    const client = clientFor(t, proxy.url, owner, { mode, transports: ['websocket'], backoff: { min: 1, max: 1, attempts: 3 } })
    const ear = new Ear(client.bot(bot.id))
    await ear.live()
    const closed = next(client, 'state', ({ state }) => state === 'closed')
    await proxy.refuse()
    assert.equal((await closed).reason, 'attempts')
    await proxy.heal()
    await owner.post(session, 'meanwhile')
    client.reconnect()
    await ear.text('meanwhile')
    assert.deepEqual(ear.texts, ['meanwhile'])
  })
}

test('a client that is closed lets the program end', async () => {
  const { spawn } = await import('node:child_process')
  const { owner, bot } = await cast(server.url)
  const program = `
    import WebSocket from 'ws'
    import { Colloquy } from './colloquy/index.js'
    const client = new Colloquy({ url: '${server.url}', WebSocket, tokens: ${JSON.stringify(owner.tokens)} })
    client.bot('${bot.id}').on('state', ({ state }) => state === 'live' && client.close())
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: new URL('..', import.meta.url), stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('it hangs')), 60_000)
    child.on('exit', (code) => {
      clearTimeout(late)
      resolve(code)
    })
  })
  assert.equal(code, 0)
})
