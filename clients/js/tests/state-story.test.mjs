// A story of several people on one bot, told over REST; after every step what each of them holds is compared with what a fresh
// load gives. This is the proof that the reducers mean what the server means.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { startServer } from '../../../tests/web/kit/server.mjs'
import { Person, cast, freshName, until } from '../../../tests/web/kit/people.mjs'
import { clientOf, sameAsFresh, watched } from './state-kit.mjs'

let server
before(async () => {
  server = await startServer({ settings: { COLLOQUY_ANSWER_PACE: '5ms', COLLOQUY_ANSWERS_PER_USER: '1' } })
})
after(() => server?.close())

/** Everybody of a cast with a live state, and a step that compares all of them. */
async function stage(t) {
  const people = await cast(server.url)
  const { owner, editor, viewer, bot } = people
  const held = []
  for (const person of [owner, editor, viewer]) {
    const client = clientOf(t, person)
    held.push({ person, client, state: await watched(client, bot) })
  }
  const step = async (what, act) => {
    const result = await act()
    for (const { state, person } of held) await sameAsFresh(state, person, bot, what)
    return result
  }
  return { ...people, held, step, states: Object.fromEntries(['owner', 'editor', 'viewer'].map((name, at) => [name, held[at].state])) }
}

describe('what is held is what a fresh load gives', () => {
  test('through messages that are posted, edited, deleted and read', async (t) => {
    const { owner, editor, viewer, session, step } = await stage(t)
    const mark = (person, message) => person.call('PUT', `/sessions/${session.id}/read`, { message_id: message.id })
    const first = await step('a first message', () => viewer.post(session, 'Good day'))
    const second = await step('an answer to it', () => editor.post(session, 'Good day to you 😀'))
    const third = await step('a third', () => owner.post(session, 'And to me?'))
    await step('a mark in the middle', () => mark(viewer, second))
    await step('a mark at the end', () => mark(owner, third))
    await step('an edit', () => viewer.call('PATCH', `/messages/${first.id}`, { content: 'Good evening' }))
    await step('a second edit', () => viewer.call('PATCH', `/messages/${first.id}`, { content: 'Good night' }))
    await step('a deletion of a marked one', () => editor.call('DELETE', `/messages/${second.id}`))
    await step('a deletion of the first', () => viewer.call('DELETE', `/messages/${first.id}`))
    await step('one more', () => editor.post(session, 'What is left?'))
    await step('a deletion of the last marked one', () => owner.call('DELETE', `/messages/${third.id}`))
  })

  test('through sessions, shared and private, that come, change and go', async (t) => {
    const { owner, viewer, bot, step, states } = await stage(t)
    for (const visibility of ['shared', 'private']) {
      const made = await step(`a ${visibility} session`, () => viewer.createSession(bot, { title: 'Tides', visibility, auto_reply: false }))
      await step('a message in it', () => viewer.post(made, 'Is it mine?'))
      assert.equal(states.owner.get().sessions.some(({ id }) => id === made.id), visibility === 'shared')
      await step('a new title', () => viewer.call('PATCH', `/sessions/${made.id}`, { title: 'Ebb' }))
      await step('its end', () => viewer.closeSession(made))
      await step('its deletion', () => viewer.call('DELETE', `/sessions/${made.id}`))
    }
    const shared = await owner.createSession(bot)
    await viewer.post(shared, 'Goes with its session')
    await step('a deletion with messages', () => owner.call('DELETE', `/sessions/${shared.id}`))
  })

  test('through roles given, changed, ended and handed over, and a configuration that not all may see', async (t) => {
    const { owner, editor, viewer, stranger, bot, session, step, states } = await stage(t)
    const change = (person, role) => owner.call('PUT', `/bots/${bot.id}/permissions/${person.id}`, { role })
    await step('a message of one who goes', () => editor.post(session, 'Marked'))
    await step('a newcomer', () => owner.grant(bot, stranger, 'viewer'))
    const marked = await stranger.post(session, 'Hello')
    await step('a mark of the newcomer', () => stranger.call('PUT', `/sessions/${session.id}/read`, { message_id: marked.id }))
    await step('the newcomer leaves', () => stranger.revoke(bot, stranger))
    await step('the newcomer is back', () => owner.grant(bot, stranger, 'editor', { expires_at: new Date(Date.now() + 3_600_000).toISOString() }))
    const config = { name: 'Clerk', description: 'Kind', instructions: 'Be kind.', model: 'small', settings: { warmth: 1 } }
    await step('a new configuration', () => editor.call('PATCH', `/bots/${bot.id}`, config))
    assert.equal(states.editor.get().bot.instructions, 'Be kind.')
    assert.equal('instructions' in states.viewer.get().bot, false)
    await step('a viewer becomes an editor', () => change(viewer, 'editor'))
    assert.equal(states.viewer.get().bot.instructions, 'Be kind.')
    await step('and a viewer again', () => change(viewer, 'viewer'))
    assert.equal('instructions' in states.viewer.get().bot, false)
    await step('an older version again', () => editor.call('POST', `/bots/${bot.id}/versions/1/restore`))
    await step('another owner', () => owner.call('POST', `/bots/${bot.id}/transfer`, { user_id: viewer.id }))
    await step('and back', () => viewer.call('POST', `/bots/${bot.id}/transfer`, { user_id: owner.id }))
    await step('the newcomer is taken out', () => owner.revoke(bot, stranger))
  })

  test('through documents that are read, fail and go, and answers that cite them, wait, are stopped and asked again', async (t) => {
    const { owner, editor, viewer, bot, session, step, states } = await stage(t)
    const settled = (id) => until(() => ['processed', 'failed', 'cancelled'].includes(states.viewer.get().documents.find((row) => row.id === id)?.status), 'the end of the work')
    const known = await step('a document', () => editor.upload(bot, 'berths.md', '# Berths\n\nA berth costs 24 euros a night.\n', 'text/markdown'))
    await settled(known.id)
    const broken = await editor.upload(bot, 'broken.pdf', '%PDF-1.7 and no more', 'application/pdf')
    await settled(broken.id)
    await step('both have ended', () => {})
    assert.deepEqual(states.owner.get().documents.map(({ status }) => status), ['failed', 'processed'])
    const ended = (id) => until(() => states.viewer.get().messages[session.id].items.some((row) => row.id === id), 'the end of the answer')
    const first = await viewer.ask(session, 'What does a berth cost a night?')
    const second = await viewer.ask(session, 'And a berth for two nights?')
    await until(() => states.viewer.get().answers[second.answer.message_id]?.status === 'queued' || states.viewer.get().messages[session.id].items.length > 2, 'one that waits')
    await step('two questions at once', () => Promise.all([ended(first.answer.message_id), ended(second.answer.message_id)]))
    const again = await editor.call('POST', `/messages/${first.answer.message_id}/regenerate`)
    await editor.call('POST', `/messages/${again.answer.message_id}/cancel`)
    await step('one asked again and stopped', () => ended(again.answer.message_id))
    await step('an answer deleted', () => editor.call('DELETE', `/messages/${first.answer.message_id}`))
    await step('a document deleted', () => owner.call('DELETE', `/documents/${known.id}`))
  })

  test('when a state is loaded, refreshed and reconnected in the middle of it all', async (t) => {
    const { owner, viewer, bot, session, held, step } = await stage(t)
    const { client, state } = held[2]
    const late = []
    for (let round = 0; round < 4; round += 1) {
      const posts = Array.from({ length: 15 }, (_, at) => owner.post(session, `${round}.${at}`))
      const other = clientOf(t, viewer)
      late.push(other.watch(bot.id))
      if (round % 2) client.reconnect()
      else void state.refresh()
      await step('a burst', () => Promise.all(posts))
    }
    for (const each of late) await sameAsFresh(each, viewer, bot, 'a state loaded in a burst')
    assert.ok(state.get().messages[session.id].items.length >= 50)
  })

  test('for people who come and go, and look at conversations', async (t) => {
    const { viewer, session, bot, held, step, states } = await stage(t)
    await step('everybody is here', () => {})
    states.viewer.viewing(session.id)
    await until(() => states.owner.get().online.some((person) => person.user_id === viewer.id && person.session_id === session.id), 'a look')
    await step('one looks at a conversation', () => {})
    states.viewer.typing(session.id)
    await until(() => states.owner.get().typing[session.id]?.length === 1, 'typing')
    states.viewer.typing(session.id, false)
    await until(() => !states.owner.get().typing[session.id], 'no typing')
    held[2].client.close()
    await until(() => states.owner.get().online.length === 2, 'one who has gone')
    await sameAsFresh(states.owner, held[0].person, bot, 'after one has gone')
  })

  test('when a role ends by its date', async (t) => {
    const { owner, bot, held, states } = await stage(t)
    const guest = await Person.register(server.url, freshName('guest'))
    const ends = (milliseconds) => ({ expires_at: new Date(Date.now() + milliseconds).toISOString() })
    await owner.grant(bot, guest, 'viewer', ends(3_600_000))
    const state = await watched(clientOf(t, guest), bot)
    await owner.grant(bot, guest, 'viewer', ends(2_000))
    await until(() => state.get().reason, 'the end')
    assert.deepEqual([state.get().status, state.get().reason.kind, state.get().reason.by], ['gone', 'expired', null])
    for (const { state: each, person } of held.slice(0, 2)) await sameAsFresh(each, person, bot, 'after the end', ['members', 'bot'])
    assert.equal(states.viewer.get().members.length, 3)
  })
})
