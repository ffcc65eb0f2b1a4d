// The server dies and comes back while people hold its state: in the middle of an answer, and between two.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { serverFor } from '../../../tests/web/kit/server.mjs'
import { cast, until } from '../../../tests/web/kit/people.mjs'
import { clientOf, sameAsFresh, watched } from './state-kit.mjs'

const LONG = Array.from({ length: 60 }, (_, at) => `Berth ${at} costs ${at + 20} euros a night and lies in the inner basin.`).join('\n\n')

for (const signal of ['SIGKILL', 'SIGTERM']) {
  test(`after a ${signal} in mid-answer everybody holds what a fresh load gives`, async (t) => {
    const server = await serverFor(t, { settings: { COLLOQUY_ANSWER_PACE: '1s' } })
    const { owner, editor, viewer, bot, session } = await cast(server.url)
    const document = await editor.upload(bot, 'berths.md', `# Berths\n\n${LONG}\n`, 'text/markdown')
    const held = []
    for (const person of [owner, viewer]) held.push({ person, state: await watched(clientOf(t, person), bot) })
    const [{ state }] = held
    await until(() => state.get().documents.some(({ id, status }) => id === document.id && status === 'processed'), 'the document')
    const { answer } = await viewer.ask(session, 'What does a berth cost a night?')
    const waits = await viewer.ask(session, 'And what does a berth cost in winter?')
    await until(() => (state.get().answers[answer.message_id]?.content.length ?? 0) > 10, 'the beginning of an answer')
    if (signal === 'SIGKILL') await server.kill()
    else await server.stop()
    await until(() => held.every(({ state: each }) => each.get().status === 'away'), 'away')
    await server.start()
    await server.ready()
    const ended = (id) => state.get().messages[session.id].items.find((row) => row.id === id)
    await until(() => ended(answer.message_id) && ended(waits.answer.message_id), 'the end of both answers', 30_000)
    for (const { state: each, person } of held) await sameAsFresh(each, person, bot, 'after the restart')
    assert.deepEqual(state.get().answers, {})
    assert.ok(['interrupted', 'complete'].includes(ended(answer.message_id).metadata.status))
  })
}

test('a state that is asked for while the server is away comes when it is back', async (t) => {
  const server = await serverFor(t)
  const { viewer, bot, owner, session } = await cast(server.url)
  await server.kill()
  const client = clientOf(t, viewer)
  const state = client.watch(bot.id)
  await until(() => client.state === 'reconnecting', 'an attempt')
  assert.deepEqual([state.get().status, state.get().bot], ['loading', null])
  await server.start()
  await until(() => state.get().status === 'live', 'live')
  await owner.post(session, 'Here again')
  await sameAsFresh(state, viewer, bot)
})
