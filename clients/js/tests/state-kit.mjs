// For tests of the state layer: clients of people on a real server, and whether what one holds is what a fresh load gives.

import assert from 'node:assert/strict'
import WebSocket from 'ws'

import { Colloquy } from '../colloquy/index.js'
import { emptyModel } from '../colloquy/state/empty.js'
import { fromSnapshot } from '../colloquy/state/model.js'
import { until } from '../../../tests/web/kit/people.mjs'
import { proxyFor } from '../../../tests/web/kit/proxy.mjs'

/** A client of this person, closed after the test. What it reports as an error fails the test, unless `errors` takes it. */
export function clientOf(t, person, { errors, ...options } = {}) {
  const client = new Colloquy({
    url: person.url, tokens: person.tokens, WebSocket, backoff: { min: 20, max: 200 }, ...options,
  })
  const reported = errors ?? []
  client.on('error', ({ error, during }) => reported.push({ error, during }))
  t.after(() => {
    client.close()
    if (!errors) assert.deepEqual(reported, [])
  })
  return client
}

/** A way to the server that can be cut, for a client with this `url`. */
export async function wireFor(t, server) {
  const proxy = await proxyFor(t, server)
  return {
    url: proxy.url,
    cut: () => proxy.refuse(),
    mend: async (client) => {
      await proxy.heal()
      client.reconnect()
    },
  }
}

/** So many messages, ten at a time; in the order in which they came to stand. */
export async function postMany(person, session, count) {
  for (let at = 0; at < count; at += 10) {
    await Promise.all(Array.from({ length: Math.min(10, count - at) }, (_, of) => person.post(session, `message ${at + of}`)))
  }
  return person.messages(session)
}

/** The state of a bot, once it is live. */
export async function watched(client, bot) {
  const state = client.watch(bot.id)
  await until(() => state.get().status === 'live', 'a live state')
  return state
}

/** Not the number: events of others' private sessions have theirs, and do not come. */
const COMPARED = ['bot', 'role', 'members', 'sessions', 'moreSessions', 'documents', 'moreDocuments', 'online', 'read']

/** What a fresh load gives, in the shape of the state. */
async function fresh(person, bot) {
  const me = { user_id: person.id, username: person.username }
  return fromSnapshot(emptyModel(me), await person.snapshot(bot), me)
}

/** Waits until what is held is what a fresh load gives; what differs at the end of the wait is told. */
export async function sameAsFresh(state, person, bot, what = 'the state', fields = COMPARED) {
  let loaded
  const pick = (view) => ({
    ...Object.fromEntries(fields.map((name) => [name, view[name]])),
    answers: answersOf(view),
    messages: messagesOf(view, loaded?.messages ?? view.messages),
  })
  const reached = until(async () => {
    loaded = undefined
    loaded = pick(await fresh(person, bot))
    try {
      assert.deepEqual(pick(state.get()), loaded)
      return true
    } catch {
      return false
    }
  }, what, 6_000)
  await reached.catch(() => assert.deepEqual(pick(state.get()), loaded, `${what}, as ${person.username} has it`))
}

/** The newest messages of each session, as many as a fresh load has of them: more may be held. */
function messagesOf(view, loaded) {
  const newest = (id, { items, more, loading }) => {
    const cut = loaded[id]?.more ? items.slice(-loaded[id].items.length) : items
    return { items: cut, more: loaded[id]?.more || more, loading }
  }
  return Object.fromEntries(Object.entries(view.messages).map(([id, list]) => [id, newest(id, list)]))
}

/** What of answers in the making stands still: the texts grow. */
function answersOf({ answers }) {
  return Object.values(answers).map(({ message_id, session_id, question_id }) => ({ message_id, session_id, question_id }))
}
