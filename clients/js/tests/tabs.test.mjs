// Several tabs of one person on one socket, in a real browser: who leads, who joins later, who goes, and that nothing is lost.

import assert from 'node:assert/strict'
import test from 'node:test'

import { stageOfPages } from './pages.mjs'
import { cast, Person, proxyFor, serverFor, until, whilePosting } from './setup.mjs'

const stage = stageOfPages((url) => Person.register(url, 'root'))

/** A tab with a client that shares, and what its channels heard. */
class Tab {
  constructor(page) {
    this.page = page
  }

  static async open(visitor, person, url) {
    const page = await visitor.tab()
    await page.goto(`${stage.pages.origin}/empty.html`)
    await page.evaluate(async ({ url, tokens }) => {
      const { Colloquy, localStorageTokens } = await import('/colloquy/index.js')
      localStorage.setItem('colloquy.tokens', localStorage.getItem('colloquy.tokens') ?? JSON.stringify(tokens))
      window.colloquy = new Colloquy({ url, storage: localStorageTokens(), shareTabs: true, backoff: { min: 20, max: 100 } })
      window.heard = {}
      window.listen = (name, since) => {
        const channel = window.colloquy.channel(name)
        if (since) channel.since(since.seq, since.epoch)
        const heard = (window.heard[name] = { texts: [], seqs: [], states: [], resets: 0, channel })
        channel.on('chat_message', ({ data }) => heard.texts.push(data.content))
        channel.on('event', ({ seq }) => heard.seqs.push(seq))
        channel.on('state', ({ state }) => heard.states.push(state))
        channel.on('reset', () => (heard.resets += 1))
        return channel.ready().then(() => undefined)
      }
    }, { url, tokens: person.tokens })
    return new Tab(page)
  }

  listen(name, since) {
    return this.page.evaluate(([name, since]) => window.listen(name, since), [name, since])
  }

  /** Waits for a message, and gives all so far. */
  async text(name, wanted) {
    await this.page.waitForFunction(([name, wanted]) => window.heard[name].texts.includes(wanted), [name, wanted])
    return this.page.evaluate((name) => window.heard[name].texts, name)
  }

  heard(name, field) {
    return this.page.evaluate(([name, field]) => window.heard[name][field], [name, field])
  }

  close() {
    return this.page.close({ runBeforeUnload: false })
  }
}

async function visitorFor(t) {
  const visitor = await stage.browser.visitor('ann', 'http://127.0.0.1')
  t.after(() => visitor.close())
  return visitor
}

const sockets = async (person) => {
  const { connection_metadata } = await stage.first.get('/ws/connections')
  return Object.values(connection_metadata).filter(({ user_id }) => user_id === person.id).length
}

test('three tabs use one socket, and each hears everything once, whenever it came', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const tabs = [await Tab.open(visitor, viewer, stage.server.url)]
  await tabs[0].listen(name)
  await owner.post(session, 'one')
  await tabs[0].text(name, 'one')
  tabs.push(await Tab.open(visitor, viewer, stage.server.url))
  await tabs[1].listen(name)
  await owner.post(session, 'two')
  const { seq, epoch } = await owner.snapshot(bot)
  await owner.post(session, 'three')
  tabs.push(await Tab.open(visitor, viewer, stage.server.url))
  await tabs[2].listen(name, { seq, epoch })
  await owner.post(session, 'four')
  const heard = await Promise.all(tabs.map((tab) => tab.text(name, 'four')))
  assert.deepEqual(heard, [['one', 'two', 'three', 'four'], ['two', 'three', 'four'], ['three', 'four']])
  assert.equal(await sockets(viewer), 1)
  assert.ok((await tabs[2].page.evaluate(() => window.colloquy.latency)) >= 0)
})

test('when the tab that leads goes, another one leads, and nothing is lost', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const tabs = []
  for (let n = 0; n < 3; n += 1) {
    tabs.push(await Tab.open(visitor, viewer, stage.server.url))
    await tabs[n].listen(name)
  }
  const texts = Array.from({ length: 30 }, (_, n) => `${n}`)
  const posting = (async () => {
    for (const text of texts) await owner.post(session, text)
  })()
  await tabs[1].text(name, '5')
  await tabs[0].close()
  await tabs[2].text(name, '15')
  await posting
  // All of it may have come by the first lead; this comes by the next one.
  await owner.post(session, 'last')
  for (const tab of tabs.slice(1)) assert.deepEqual(await tab.text(name, 'last'), [...texts, 'last'])
  await until(async () => (await sockets(viewer)) === 1, 'one socket alone')
})

test('a cut of the one socket leaves no gap in any tab', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const proxy = await proxyFor(t, stage.server)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const tabs = [await Tab.open(visitor, viewer, proxy.url), await Tab.open(visitor, viewer, proxy.url)]
  for (const tab of tabs) await tab.listen(name)
  const texts = Array.from({ length: 40 }, (_, n) => `${n}`)
  for (const [n, text] of texts.entries()) {
    if (n % 10 === 5) proxy.cut({ only: undefined })
    await owner.post(session, text)
  }
  for (const tab of tabs) assert.deepEqual(await tab.text(name, '39'), texts)
})

test('a tab that joins too far behind gets its state anew, and the others do not notice', async (t) => {
  const few = await serverFor(t, { settings: { COLLOQUY_REPLAY_LIMIT: '5' } })
  const { owner, viewer, bot, session } = await cast(few.url)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const { seq, epoch } = await owner.snapshot(bot)
  const first = await Tab.open(visitor, viewer, few.url)
  await first.listen(name)
  const texts = Array.from({ length: 20 }, (_, n) => `${n}`)
  for (const text of texts.slice(0, 15)) await owner.post(session, text)
  await first.text(name, '14')
  const joined = [{ seq, epoch }, { seq, epoch: 'another' }].map(async (since) => {
    const tab = await Tab.open(visitor, viewer, few.url)
    await tab.listen(name, since)
    return tab
  })
  for (const text of texts.slice(15)) await owner.post(session, text)
  assert.deepEqual(await first.text(name, '19'), texts)
  assert.equal(await first.heard(name, 'resets'), 0)
  for (const tab of await Promise.all(joined)) {
    assert.equal(await tab.heard(name, 'resets'), 1)
    await owner.post(session, 'after the reset')
    await tab.text(name, 'after the reset')
    const seqs = await tab.heard(name, 'seqs')
    assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => a - b))
  }
})

test('a bot that one tab joins while another has one of its conversations misses nothing', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const visitor = await visitorFor(t)
  const [part, whole] = [await Tab.open(visitor, viewer, stage.server.url), await Tab.open(visitor, viewer, stage.server.url)]
  await part.listen(`session:${session.id}`)
  await whilePosting(owner, session, async () => {
    for (let n = 0; n < 15; n += 1) {
      const since = await part.page.evaluate((name) => {
        const { seq, epoch } = window.heard[name].channel
        return { seq, epoch }
      }, `session:${session.id}`)
      await whole.listen(`bot:${bot.id}`, since)
      const seqs = await whole.page.evaluate(async (name) => {
        const heard = window.heard[name]
        const live = heard.seqs.length
        await new Promise((done) => heard.channel.on('event', () => heard.seqs.length >= live + 5 && done()))
        heard.channel.leave()
        return heard.seqs
      }, `bot:${bot.id}`)
      assert.deepEqual(seqs, seqs.map((_, i) => since.seq + 1 + i))
    }
  })
})

test('a tab with one conversation hears it beside a tab with the whole bot', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const other = await owner.createSession(bot, { title: 'Other', auto_reply: false })
  const visitor = await visitorFor(t)
  const [whole, part] = [await Tab.open(visitor, viewer, stage.server.url), await Tab.open(visitor, viewer, stage.server.url)]
  await whole.listen(`bot:${bot.id}`)
  await part.listen(`session:${session.id}`)
  for (const [n, where] of [session, other, session].entries()) await owner.post(where, `${n}`)
  assert.deepEqual(await whole.text(`bot:${bot.id}`, '2'), ['0', '1', '2'])
  assert.deepEqual(await part.text(`session:${session.id}`, '2'), ['0', '2'])
  await whole.page.evaluate((name) => window.heard[name].channel.leave(), `bot:${bot.id}`)
  await owner.post(session, 'after')
  assert.deepEqual(await part.text(`session:${session.id}`, 'after'), ['0', '2', 'after'])
})

test('a tab that leaves a channel leaves it to the others, and the last one gives it up', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const tabs = [await Tab.open(visitor, viewer, stage.server.url), await Tab.open(visitor, viewer, stage.server.url)]
  for (const tab of tabs) await tab.listen(name)
  const leave = (tab) => tab.page.evaluate((name) => window.heard[name].channel.leave(), name)
  await leave(tabs[0])
  await owner.post(session, 'for the second')
  await tabs[1].text(name, 'for the second')
  assert.deepEqual(await tabs[0].heard(name, 'texts'), [])
  assert.ok((await owner.get(`/bots/${bot.id}/presence`)).items.some(({ user_id }) => user_id === viewer.id))
  await leave(tabs[1])
  await until(async () => !(await owner.get(`/bots/${bot.id}/presence`)).items.some(({ user_id }) => user_id === viewer.id), 'the viewer is gone')
})

test('who loses access loses it in every tab', async (t) => {
  const { owner, viewer, bot } = await cast(stage.server.url)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const tabs = [await Tab.open(visitor, viewer, stage.server.url), await Tab.open(visitor, viewer, stage.server.url)]
  for (const tab of tabs) await tab.listen(name)
  // A socket of no use is given up after two seconds; this one is wanted by itself.
  for (const tab of tabs) await tab.page.evaluate(() => window.colloquy.connect())
  await owner.revoke(bot, viewer)
  for (const tab of tabs) {
    await tab.page.waitForFunction((name) => window.heard[name].channel.state === 'ended', name)
    assert.equal((await tab.heard(name, 'seqs')).length, 1)
    assert.equal(await tab.page.evaluate(() => window.colloquy.state), 'open')
  }
})

test('what one tab looks at is said for all of them', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const tabs = [await Tab.open(visitor, viewer, stage.server.url), await Tab.open(visitor, viewer, stage.server.url)]
  for (const tab of tabs) await tab.listen(name)
  const view = (tab, session_id) => tab.page.evaluate(([name, id]) => window.heard[name].channel.viewing(id), [name, session_id])
  const looksAt = (wanted) =>
    until(async () => {
      const { items } = await owner.get(`/bots/${bot.id}/presence`)
      return items.some(({ user_id, session_id }) => user_id === viewer.id && session_id === wanted)
    }, `looking at ${wanted}`)
  await view(tabs[0], session.id)
  await looksAt(session.id)
  await view(tabs[1], session.id)
  await view(tabs[0], null)
  await looksAt(session.id)
  await tabs[1].close()
  await looksAt(null)
})

test('the token of the one socket is renewed for all tabs, without a reconnect', async (t) => {
  const short = await serverFor(t, { settings: { COLLOQUY_ACCESS_TOKEN: '8s' } })
  const { viewer, bot } = await cast(short.url)
  const visitor = await visitorFor(t)
  const tabs = [await Tab.open(visitor, viewer, short.url), await Tab.open(visitor, viewer, short.url)]
  for (const tab of tabs) {
    await tab.listen(`bot:${bot.id}`)
    await tab.page.evaluate(() => {
      window.states = []
      window.renewed = false
      window.colloquy.on('state', ({ state }) => window.states.push(state))
      window.colloquy.on('frame', ({ frame }) => (window.renewed ||= frame.type === 'authenticated'))
    })
  }
  for (const tab of tabs) {
    await tab.page.waitForFunction(() => window.renewed)
    assert.deepEqual(await tab.page.evaluate(() => window.states), [])
  }
})

test('a tab that leads and does not answer any more is replaced', async (t) => {
  const { owner, viewer, bot, session } = await cast(stage.server.url)
  const visitor = await visitorFor(t)
  const name = `bot:${bot.id}`
  const first = await Tab.open(visitor, viewer, stage.server.url)
  await first.listen(name)
  // Frozen: it holds the lead and says nothing.
  void first.page.evaluate(() => {
    const end = Date.now() + 60_000
    while (Date.now() < end);
  }).catch(() => {})
  const second = await Tab.open(visitor, viewer, stage.server.url)
  await second.listen(name)
  await owner.post(session, 'heard without it')
  assert.deepEqual(await second.text(name, 'heard without it'), ['heard without it'])
})
