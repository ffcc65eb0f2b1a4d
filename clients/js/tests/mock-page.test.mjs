// A React page on the mock server, in a document without a browser and without a network: what frontends test with it.

import assert from 'node:assert/strict'
import test from 'node:test'

import { until } from '../../../tests/web/kit/people.mjs'
import { Colloquy } from '../colloquy/index.js'
import { mockServer } from '../mock/index.js'
import { ColloquyProvider, useSession } from '../react/index.js'
import { h, mount } from './react-kit.mjs'

function Chat({ bot, session }) {
  const { messages, send } = useSession(bot, session)
  return h('main', null,
    messages.map(({ key, username, content, streaming, pending }) => h('p', { key, className: streaming ? 'streaming' : pending ? 'pending' : '' }, `${username ?? 'me'}: ${content}`)),
    h('button', { onClick: () => send('Hello from the page', { reply: false }) }, 'send'))
}

test('a page shows what the script says: messages, an answer as it is written, what waits offline', async (t) => {
  const mock = mockServer()
  t.after(() => mock.stop())
  const bot = mock.bot({ owner: 'ann' })
  mock.grant(bot, 'bob')
  const session = mock.session(bot)
  const client = new Colloquy({ ...mock.as('bob'), backoff: { min: 5, max: 50 } })
  t.after(() => client.close())
  const { place } = mount(t, h(ColloquyProvider, { client }, h(Chat, { bot: bot.id, session: session.id })))
  const shows = (text, selector = 'p') => until(() => [...place.querySelectorAll(selector)].some((line) => line.textContent.includes(text)), text)

  mock.post(session, 'ann', 'Good day')
  await shows('ann: Good day')
  const answer = mock.answer(session, 'It is nine o’clock.', { pieces: ['It is ', 'nine o’clock.'], delay: 100 })
  await shows('It is ', '.streaming')
  await answer
  await shows('It is nine o’clock.', 'p:not(.streaming)')
  mock.offline()
  place.querySelector('button').click()
  await shows('Hello from the page', '.pending')
  mock.online()
  await shows('bob: Hello from the page', 'p:not(.pending)')
  assert.equal(mock.world.messages.get(session.id).length, 3)
  assert.equal(place.querySelectorAll('p').length, 3)
})
