// The client in a real page: the browser's WebSocket, storage, locks, animation frames and uploads. Two tabs, one log-in.

import assert from 'node:assert/strict'
import test from 'node:test'

import { stageOfPages } from './pages.mjs'
import { cast, Person, proxyFor, until } from './setup.mjs'

const stage = stageOfPages()

/** An empty page with the client's module and a client of a person in it. */
async function page(t, person, options = {}, url = stage.server.url) {
  const visitor = await stage.browser.visitor(person?.username ?? 'nobody', stage.pages.origin)
  t.after(() => visitor.close())
  await begin(visitor.page, person, options, url)
  return visitor
}

async function begin(tab, person, options, url) {
  await tab.goto(`${stage.pages.origin}/empty.html`)
  await tab.evaluate(async ({ url, tokens, options }) => {
    const module = await import('/colloquy/index.js')
    if (tokens && !localStorage.getItem('colloquy.tokens')) localStorage.setItem('colloquy.tokens', JSON.stringify(tokens))
    window.colloquy = new module.Colloquy({ url, storage: module.localStorageTokens(), outbox: { storage: module.localStorageOutbox() }, backoff: { min: 20, max: 100 }, ...options })
  }, { url, tokens: person?.tokens, options })
}

test('the page of the examples shows what is said and sends what is typed, also after having been offline', async (t) => {
  const { owner, viewer, session } = await cast(stage.server.url)
  const proxy = await proxyFor(t, stage.server)
  const visitor = await stage.browser.visitor('eve', stage.pages.origin)
  t.after(() => visitor.close())
  const { page } = visitor
  await owner.post(session, 'Said before')
  await page.goto(`${stage.pages.origin}/examples/page.html?url=${encodeURIComponent(proxy.url)}&session=${session.id}#${viewer.username}:${encodeURIComponent(viewer.password)}`)
  await page.getByText('open', { exact: true }).waitFor()
  // What was said before is loaded: the page is ready.
  await page.getByText('Said before').waitFor()
  await owner.post(session, 'Hello page')
  await page.getByText('Hello page').waitFor()
  await proxy.refuse()
  await page.getByText('reconnecting', { exact: true }).waitFor()
  await page.getByLabel('Message').fill('Written offline')
  await page.keyboard.press('Enter')
  await page.locator('li.waiting', { hasText: 'Written offline' }).waitFor()
  await page.reload().catch(() => {})
  await proxy.heal()
  await page.getByText(`${viewer.username}: Written offline`).waitFor()
  assert.deepEqual((await owner.messages(session)).map(({ content }) => content), ['Said before', 'Hello page', 'Written offline'])
})

test('a burst reaches listeners in few animation frames, in order, and also while nobody looks', async (t) => {
  const { owner, bot, session } = await cast(stage.server.url)
  const { seq, epoch } = await owner.snapshot(bot)
  for (let n = 0; n < 200; n += 1) await owner.post(session, `${n}`)
  const visitor = await page(t, owner)
  const told = await visitor.page.evaluate(async ({ id, seq, epoch }) => {
    const channel = window.colloquy.bot(id).since(seq, epoch)
    const [batches, seqs] = [[], []]
    channel.on('batch', (frames) => batches.push(frames.length))
    channel.on('event', (event) => seqs.push(event.seq))
    await channel.ready()
    return { batches, seqs }
  }, { id: bot.id, seq, epoch })
  assert.deepEqual(told.seqs, Array.from({ length: 200 }, (_, n) => seq + 1 + n))
  assert.ok(told.batches.length < 60, `${told.batches.length} batches`)
  // Another tab in front of it: its animation frames stop, its events do not.
  await visitor.page.evaluate((id) => {
    window.late = []
    window.colloquy.bot(id).on('chat_message', ({ data }) => window.late.push(data.content))
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })
    window.requestAnimationFrame = () => 1
  }, bot.id)
  await owner.post(session, 'unseen')
  await visitor.page.waitForFunction(() => window.late.includes('unseen'))
})

test('two tabs that need a new token at the same time get the same one, and log out together', async (t) => {
  const person = await Person.register(stage.server.url)
  const visitor = await page(t, { username: person.username, tokens: { ...person.tokens, access_token: 'spoilt' } }, {}, stage.server.url)
  const tabs = [visitor.page, await visitor.tab()]
  await begin(tabs[1], null, {}, stage.server.url)
  const names = await Promise.all(tabs.map((tab) => tab.evaluate(async () => (await window.colloquy.api.getMe()).username)))
  assert.deepEqual(names, [person.username, person.username])
  const pairs = await Promise.all(tabs.map((tab) => tab.evaluate(() => localStorage.getItem('colloquy.tokens'))))
  assert.equal(pairs[0], pairs[1])
  await tabs[1].evaluate(() => { window.out = new Promise((resolve) => window.colloquy.on('signed_out', ({ reason }) => resolve(reason))) })
  await tabs[0].evaluate(() => window.colloquy.logOut())
  assert.equal(await tabs[1].evaluate(() => window.out), 'elsewhere')
})

test('in fall-back many bots leave the browser connections for calls', async (t) => {
  const { owner } = await cast(stage.server.url)
  const bots = []
  for (let n = 0; n < 8; n += 1) bots.push(await owner.createBot(`Bot ${n}`))
  const visitor = await page(t, owner, { transports: ['sse', 'poll'] })
  const told = await visitor.page.evaluate(async (ids) => {
    const channels = ids.map((id) => window.colloquy.bot(id))
    await Promise.all(channels.map((channel) => channel.ready()))
    const heard = channels.map((channel) => new Promise((resolve) => channel.on('session_created', () => resolve(true))))
    for (const bot_id of ids) await window.colloquy.api.createSession({ bot_id, title: 'New' })
    return Promise.all(heard)
  }, bots.map(({ id }) => id))
  assert.deepEqual(told, bots.map(() => true))
})

test('an upload tells how far it is', async (t) => {
  const { owner, bot } = await cast(stage.server.url)
  const visitor = await page(t, owner)
  const told = await visitor.page.evaluate(async (bot_id) => {
    const steps = []
    const file = new File(['Ladders stand in the shed.\n'.repeat(50_000)], 'tools.md')
    const document = await window.colloquy.api.uploadDocument({ bot_id, file }, { onProgress: ({ loaded, total }) => steps.push(loaded / total) })
    const control = new AbortController()
    control.abort('enough')
    const refused = await window.colloquy.api.uploadDocument({ bot_id, file }, { onProgress: () => {} }).catch((error) => error.status)
    const aborted = await window.colloquy.api.uploadDocument({ bot_id, file }, { onProgress: () => {}, signal: control.signal }).catch((reason) => reason)
    return { filename: document.filename, last: steps.at(-1), refused, aborted }
  }, bot.id)
  assert.deepEqual(told, { filename: 'tools.md', last: 1, refused: 409, aborted: 'enough' })
})

test('a page that gets its network back does not wait for its back-off', async (t) => {
  const { owner, bot } = await cast(stage.server.url)
  const visitor = await page(t, owner, { backoff: { min: 600_000, max: 600_000 }, random: undefined })
  const state = (wanted) => visitor.page.waitForFunction((wanted) => window.colloquy.state === wanted, wanted)
  await visitor.page.evaluate((id) => window.colloquy.bot(id).ready().then(() => undefined), bot.id)
  await visitor.page.evaluate(() => window.colloquy.on('state', ({ state, retryIn }) => { window.waits = state === 'reconnecting' && retryIn > 0 }))
  await visitor.context.setOffline(true)
  await visitor.page.evaluate(() => window.colloquy.reconnect())
  await visitor.page.waitForFunction(() => window.waits)
  await visitor.context.setOffline(false)
  await state('open')
  assert.ok((await until(() => visitor.page.evaluate(() => window.colloquy.latency), 'a latency')) >= 0)
})
