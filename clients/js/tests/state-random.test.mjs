// Whatever people do, in whatever order and over whatever breaks: what is held is what a fresh load gives. The steps come from a
// seed; SEED tries another one.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { startServer } from '../../../tests/web/kit/server.mjs'
import { cast, until } from '../../../tests/web/kit/people.mjs'
import { clientOf, sameAsFresh, watched, wireFor } from './state-kit.mjs'

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [12, 48]
const ROUNDS = 6
const STEPS = 12

let server
before(async () => {
  server = await startServer({ settings: { COLLOQUY_REPLAY_LIMIT: '15', COLLOQUY_ANSWER_PACE: '20ms' } })
})
after(() => server?.close())

/** A small generator of numbers from 0 to 1 (mulberry32). */
function numbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What somebody may do next; what the server refuses is no harm. */
function steps({ owner, editor, viewer, stranger, bot, held, wires, pick }) {
  const everyone = [owner, editor, viewer]
  const state = () => pick(held).state
  const somewhere = () => pick(held[0].state.get().sessions) ?? { id: 'none' }
  const something = (session) => pick(held[0].state.get().messages[session.id]?.items ?? []) ?? { id: 'none' }
  const change = (path) => (person, body) => person.call('PATCH', `${path}`, body)
  return [
    () => pick(everyone).post(somewhere(), 'Good day'),
    () => pick(everyone).post(somewhere(), 'Good day'),
    () => pick(everyone).ask(somewhere(), 'What is a berth?'),
    () => change(`/messages/${something(somewhere()).id}`)(pick(everyone), { content: 'Good evening' }),
    () => pick([editor, viewer]).call('DELETE', `/messages/${something(somewhere()).id}`),
    (session = somewhere()) => pick(everyone).call('PUT', `/sessions/${session.id}/read`, { message_id: something(session).id }),
    () => pick(everyone).createSession(bot, { visibility: pick(['shared', 'private']) }),
    () => change(`/sessions/${somewhere().id}`)(editor, { title: 'Tides', status: pick(['open', 'closed']) }),
    () => editor.call('DELETE', `/sessions/${somewhere().id}`),
    () => owner.grant(bot, stranger, pick(['viewer', 'editor'])),
    () => owner.revoke(bot, stranger),
    () => owner.call('PUT', `/bots/${bot.id}/permissions/${viewer.id}`, { role: pick(['viewer', 'editor']) }),
    () => editor.call('PATCH', `/bots/${bot.id}`, { name: pick(['Clerk', 'Librarian']), instructions: pick(['Be kind.', 'Be brief.']) }),
    () => editor.upload(bot, 'note.txt', `Note ${pick(['one', 'two', 'three'])}`),
    () => editor.call('DELETE', `/documents/${pick(held[0].state.get().documents)?.id ?? 'none'}`),
    () => pick(wires).cut(),
    () => state().refresh(),
    (session = somewhere()) => state().open(session.id),
    (session = somewhere()) => state().loadOlder(session.id),
    (session = somewhere()) => state().markRead(session.id),
    () => void pick(held).client.send(somewhere().id, 'From the outbox', { reply: false }),
  ]
}

for (const seed of SEEDS) {
  test(`random steps of seed ${seed} leave everybody with what a fresh load gives`, async (t) => {
    const people = await cast(server.url)
    const { owner, editor, viewer, bot } = people
    const random = numbers(seed)
    const pick = (list) => list[Math.floor(random() * list.length)]
    const [held, wires] = [[], []]
    for (const person of [owner, editor, viewer]) {
      const wire = await wireFor(t, server)
      const client = clientOf(t, person, { url: wire.url, errors: [] })
      wires.push(wire)
      held.push({ person, client, state: await watched(client, bot) })
    }
    const possible = steps({ ...people, held, wires, pick })
    for (let round = 0; round < ROUNDS; round += 1) {
      const doing = Array.from({ length: STEPS }, () => Promise.resolve(pick(possible)()).catch(refused))
      await Promise.all(doing)
      await Promise.all(held.map(({ client }, at) => wires[at].mend(client)))
      const busy = ({ answers, waiting, documents }) =>
        Object.keys(answers).length > 0 ||
        Object.values(waiting).flat().some(({ status }) => status !== 'failed') ||
        documents.some(({ status }) => ['queued', 'processing'].includes(status))
      await until(() => held.every(({ state }) => state.get().status === 'live'), 'everybody is back')
      await until(() => !held.some(({ state }) => busy(state.get())), 'all is done')
      for (const { state, person } of held) await sameAsFresh(state, person, bot, `round ${round} of seed ${seed}`)
    }
  })
}

/** Refusals are part of it; anything else is not. */
function refused(error) {
  if (typeof error.status !== 'number') throw error
  assert.ok(error.status < 500, error.message)
}
