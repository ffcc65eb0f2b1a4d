// The hooks, in StrictMode, with clients of several people on a real server.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { useState } from 'react'

import { startServer } from '../../../tests/web/kit/server.mjs'
import { cast, until } from '../../../tests/web/kit/people.mjs'
import { useBot, useConnection, useDocuments, useEvents, useNotifications, usePresence, useSession, useTyping } from '../react/index.js'
import { h, mount, mountHook } from './react-kit.mjs'
import { next } from './setup.mjs'
import { clientOf, postMany, watched, wireFor } from './state-kit.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))

let server
before(async () => {
  // An answer of two pieces is seen half-way also by who is held up for a while.
  server = await startServer({ settings: { COLLOQUY_ANSWER_PACE: '3s' } })
})
after(() => server?.close())

async function stage(t, who = 'viewer', options = {}) {
  const people = await cast(server.url)
  return { ...people, client: clientOf(t, people[who], options) }
}

const live = (hook) => until(() => hook.result()?.status === 'live', 'a live state')

function type(place, text) {
  const input = place.querySelector('input')
  // As a browser does it: past React's own view of the value.
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value').set.call(input, text)
  input.dispatchEvent(new Event('input', { bubbles: true }))
  place.querySelector('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
}

/** The example as a build tool makes it, within the package so that it finds that by its name. */
async function example(name) {
  const built = await mkdtemp(join(HERE, '.example-'))
  const examples = join(HERE, '../examples')
  const tsc = join(HERE, '../node_modules/typescript/bin/tsc')
  const options = '--ignoreConfig --allowJs --noCheck --noResolve --jsx react-jsx --module nodenext --target es2022 --skipLibCheck'
  const folders = ['--rootDir', examples, '--outDir', built]
  try {
    execFileSync(process.execPath, [tsc, ...options.split(' '), ...folders, join(examples, `${name}.jsx`)], { stdio: 'pipe' })
    return await import(pathToFileURL(join(built, `${name}.js`)))
  } finally {
    await rm(built, { recursive: true, force: true })
  }
}

test('the example is a chat: messages live, what one sends, an answer that can be stopped', async (t) => {
  const { client, editor, bot, session } = await stage(t)
  const facts = Array.from({ length: 30 }, (_, at) => `Berth ${at} costs ${at} euros a night.`).join('\n\n')
  await editor.upload(bot, 'berths.md', `# Berths\n\n${facts}\n`, 'text/markdown')
  await editor.call('PATCH', `/sessions/${session.id}`, { auto_reply: true })
  const state = await watched(client, bot)
  await until(() => state.get().documents[0]?.status === 'processed', 'the document')
  const { App } = await example('react-chat')
  const { place } = mount(t, h(App, { client, bot_id: bot.id, session_id: session.id }))
  await editor.post(session, 'Good day')
  await until(() => place.textContent.includes('Good day'), 'a message')
  type(place, 'What does a berth cost a night?')
  await until(() => place.textContent.includes('What does a berth cost'), 'what was sent')
  const stop = () => [...place.querySelectorAll('button')].find((button) => button.textContent === 'stop')
  await until(() => stop() && place.textContent.includes('euros'), 'the answer as it is written')
  stop().click()
  await until(() => !stop(), 'its end')
  assert.equal(state.get().messages[session.id].items.at(-1).metadata.status, 'cancelled')
  assert.equal(place.querySelectorAll('p').length, 3)
})

test('what the README shows of React is the example', async () => {
  const readme = await readFile(join(HERE, '../README.md'), 'utf8')
  const source = await readFile(join(HERE, '../examples/react-chat.jsx'), 'utf8')
  assert.ok(readme.includes(`\`\`\`jsx\n${source.slice(source.indexOf('import'))}\`\`\``))
})

describe('useSession', () => {
  test('gives rows that stay the same objects and keep their keys from the send to the message', async (t) => {
    const { client, owner, bot, session } = await stage(t)
    await owner.post(session, 'first')
    const hook = mountHook(t, client, () => useSession(bot.id, session.id))
    await until(() => hook.result().messages.length === 1, 'a message')
    const [first] = hook.result().messages
    const sent = hook.result().send('second', { reply: false })
    await until(() => hook.result().messages.length === 2, 'the send')
    const keys = new Set()
    await until(() => {
      const row = hook.result().messages[1]
      keys.add(row.key)
      return row.status === 'complete'
    }, 'the message')
    assert.deepEqual([...keys], [sent.key])
    assert.equal(hook.result().messages[0], first)
    assert.equal(hook.result().messages.length, 2)
  })

  test('shows a refused send as failed, and tries it again', async (t) => {
    const { client, owner, bot, session } = await stage(t)
    const hook = mountHook(t, client, () => useSession(bot.id, session.id))
    await live(hook)
    await owner.closeSession(session)
    const { key } = hook.result().send('too late', { reply: false })
    await until(() => hook.result().messages[0]?.status === 'failed', 'the refusal')
    const [row] = hook.result().messages
    assert.deepEqual([row.pending, row.error.code, row.username], [true, 'session_closed', client.user.username])
    await owner.call('PATCH', `/sessions/${session.id}`, { status: 'open' })
    hook.result().retry(key)
    await until(() => hook.result().messages[0]?.status === 'complete', 'the message')
  })

  test('streams answers in the place of their message, asks again, edits, removes and marks as read', async (t) => {
    const { client, owner, bot, session } = await stage(t)
    const hook = mountHook(t, client, () => useSession(bot.id, session.id))
    await live(hook)
    const { answer } = await hook.result().send('Who was the first king?', { reply: true }).result
    const row = () => hook.result().messages.find(({ id }) => id === answer.message_id)
    await until(() => row()?.streaming && row().content, 'the beginning')
    const begun = row().key
    await until(() => row()?.status === 'complete', 'the end')
    assert.equal(row().key, begun)
    assert.equal(row().question_id, hook.result().messages[0].id)
    await hook.result().regenerate(answer.message_id)
    await until(() => hook.result().messages.length === 3 && hook.result().messages[2].status === 'complete', 'another answer')
    const [question] = hook.result().messages
    await hook.result().edit(question.id, 'Who was the first queen?')
    await until(() => hook.result().messages[0].content === 'Who was the first queen?', 'the edit')
    await owner.post(session, 'I know')
    await until(() => hook.result().session.unread === 3, 'what others wrote')
    hook.result().markRead()
    await until(() => hook.result().session.unread === 0, 'all read')
    await hook.result().remove(question.id)
    await until(() => hook.result().messages.every(({ id }) => id !== question.id), 'the removal')
    await assert.rejects(hook.result().edit(answer.message_id, 'mine now'), { status: 403 })
  })

  test('loads what is older', async (t) => {
    const { client, owner, bot, session } = await stage(t)
    const posted = await postMany(owner, session, 60)
    const hook = mountHook(t, client, () => useSession(bot.id, session.id))
    await until(() => hook.result().messages.length === 50, 'the newest')
    assert.equal(hook.result().more, true)
    await hook.result().loadOlder()
    await until(() => hook.result().messages.length === 60 && !hook.result().loading, 'the rest')
    assert.deepEqual(hook.result().messages.map(({ id }) => id), posted.map(({ id }) => id))
  })
})

describe('useBot', () => {
  test('follows roles, and tells who took the last one', async (t) => {
    const { client, owner, viewer, bot } = await stage(t)
    const hook = mountHook(t, client, () => useBot(bot.id))
    await live(hook)
    assert.deepEqual([hook.result().role, hook.result().members.length, hook.result().sessions.length], ['viewer', 3, 1])
    await owner.call('PUT', `/bots/${bot.id}/permissions/${viewer.id}`, { role: 'editor' })
    await until(() => hook.result().role === 'editor' && hook.result().bot.instructions !== undefined, 'the new role')
    await owner.revoke(bot, viewer)
    await until(() => hook.result().status === 'gone', 'the end')
    assert.deepEqual(hook.result().reason.by, { user_id: owner.id, username: owner.username })
    await owner.grant(bot, viewer)
    await hook.result().refresh()
    await until(() => hook.result().status === 'live', 'its return')
  })

  test('does not render again for what it does not show', async (t) => {
    const { client, editor, bot, session } = await stage(t)
    const hook = mountHook(t, client, () => useBot(bot.id))
    await live(hook)
    const other = await watched(clientOf(t, editor), bot)
    const typing = mountHook(t, client, () => useTyping(bot.id, session.id))
    await until(() => client.watch(bot.id).get().online.length === 2, 'both')
    const before = hook.renders()
    other.typing(session.id)
    await until(() => typing.result().typists.length === 1, 'typing')
    assert.equal(hook.renders(), before)
  })
})

test('useTyping and usePresence tell of others, and others of oneself', async (t) => {
  const { client, editor, viewer, bot, session } = await stage(t)
  const hook = mountHook(t, client, () => ({ ...useTyping(bot.id, session.id), ...usePresence(bot.id) }))
  const other = await watched(clientOf(t, editor), bot)
  await until(() => hook.result().online.length === 2, 'both')
  other.viewing(session.id)
  await until(() => hook.result().online.some((person) => person.user_id === editor.id && person.session_id === session.id), 'a look')
  other.typing(session.id)
  await until(() => hook.result().typists.length === 1, 'typing')
  assert.deepEqual(hook.result().typists, [{ user_id: editor.id, username: editor.username }])
  other.typing(session.id, false)
  await until(() => hook.result().typists.length === 0, 'no typing')
  hook.result().typing()
  await until(() => other.get().typing[session.id]?.[0].user_id === viewer.id, 'oneself')
  hook.unmount()
  await until(() => !other.get().typing[session.id], 'the end with the component')
})

test('useTyping tells that one has stopped when the last component that watches the bot goes', async (t) => {
  const { client, bot, session } = await stage(t)
  await watched(client, bot)
  const hook = mountHook(t, client, () => useTyping(bot.id, session.id))
  const told = []
  client.on('frame', ({ direction, frame }) => direction === 'out' && frame.type === 'typing' && told.push(frame.data))
  hook.result().typing()
  hook.unmount()
  await until(() => told.length === 2, 'that it has ended')
  assert.deepEqual(told, [true, false].map((is_typing) => ({ is_typing, session_id: session.id })))
})

test('useDocuments uploads, follows the work, and shows what was refused', async (t) => {
  const { client, bot } = await stage(t, 'editor')
  const hook = mountHook(t, client, () => useDocuments(bot.id))
  await live(hook)
  const file = new File(['# Tides\n\nHigh at noon.'], 'tides.md', { type: 'text/markdown' })
  const uploading = hook.result().upload(file)
  await until(() => hook.result().uploads.length === 1 || hook.result().documents.length === 1, 'the upload')
  const document = await uploading
  await until(() => hook.result().documents[0]?.status === 'processed' && hook.result().uploads.length === 0, 'the end of the work')
  assert.equal(hook.result().documents[0].id, document.id)
  assert.equal(await hook.result().upload(file), null)
  await until(() => hook.result().uploads[0]?.status === 'failed', 'the refusal')
  assert.equal(hook.result().uploads[0].error.status, 409)
  hook.result().uploads[0].dismiss()
  await until(() => hook.result().uploads.length === 0, 'it is dismissed')
  const again = next(client.bot(bot.id), 'document_update', ({ data }) => data.action === 'processed')
  await hook.result().retry(document.id)
  // Its old passages are taken away before the new ones are there.
  await again
  assert.equal((await hook.result().remove(document.id)).chunks_removed > 0, true)
  await until(() => hook.result().documents.length === 0, 'the removal')
  assert.deepEqual(hook.result().uploads, [])
})

test('useDocuments shows uploads under their own bot alone', async (t) => {
  const { client, editor, bot } = await stage(t, 'editor')
  const other = await editor.createBot('Another')
  let show
  const hook = mountHook(t, client, () => {
    const [bot_id, set] = useState(bot.id)
    show = set
    return useDocuments(bot_id)
  })
  await live(hook)
  hook.result().upload(new File(['no'], 'no.md'), { signal: AbortSignal.abort('enough') })
  await until(() => hook.result().uploads[0]?.status === 'failed', 'its end')
  show(other.id)
  await until(() => hook.result().status === 'live' && hook.result().role === 'owner', 'the other bot')
  assert.deepEqual(hook.result().uploads, [])
  show(bot.id)
  await until(() => hook.result().uploads.length === 1, 'the first one again')
})

test('useNotifications counts, marks and dismisses', async (t) => {
  const { client, owner, viewer, session } = await stage(t)
  const hook = mountHook(t, client, () => useNotifications())
  await live(hook)
  const before = hook.result().unread
  await owner.post(session, `See this, @${viewer.username}`)
  await until(() => hook.result().unread === before + 1, 'one more')
  await hook.result().markRead(hook.result().items[0].id)
  await until(() => hook.result().unread === before, 'it is read')
  await hook.result().dismiss(hook.result().items[0].id)
  await hook.result().markAllRead()
  await until(() => hook.result().unread === 0 && hook.result().items.length === before, 'all are read')
})

test('useEvents calls the newest listener, with the wanted types alone, and not after the end', async (t) => {
  const { client, owner, bot, session } = await stage(t)
  const heard = []
  let round = 0
  const hook = mountHook(t, client, () => {
    const { messages } = useSession(bot.id, session.id)
    const mine = (round += 1)
    useEvents(`bot:${bot.id}`, ['chat_message', 'chat_message_deleted'], (frame) => heard.push([mine, frame.type]))
    return messages
  })
  await until(() => client.watch(bot.id).get().status === 'live', 'live')
  const { id } = await owner.post(session, 'one')
  await until(() => heard.length === 1 && hook.result().length === 1, 'a message')
  await owner.call('PATCH', `/messages/${id}`, { content: 'two' })
  await owner.call('DELETE', `/messages/${id}`)
  await until(() => heard.length === 2, 'its deletion')
  assert.deepEqual(heard.map(([, type]) => type), ['chat_message', 'chat_message_deleted'])
  assert.ok(heard[1][0] > heard[0][0], 'a later render')
  hook.unmount()
  await owner.post(session, 'three')
  await until(() => client.watch(bot.id).get().messages[session.id].items.length === 1, 'the message')
  assert.equal(heard.length, 2)
})

test('useConnection tells how it is', async (t) => {
  const wire = await wireFor(t, server)
  const { client, bot } = await stage(t, 'viewer', { url: wire.url })
  const hook = mountHook(t, client, () => ({ ...useConnection(), bot: useBot(bot.id).status }))
  await until(() => hook.result().state === 'open' && hook.result().transport === 'websocket' && hook.result().bot === 'live', 'open')
  await wire.cut()
  await until(() => hook.result().state === 'reconnecting' && hook.result().bot === 'away', 'away')
  await wire.mend(hook.result())
  await until(() => hook.result().state === 'open' && hook.result().bot === 'live', 'open again')
})

test('components that come and go leave nothing behind', async (t) => {
  const { client, owner, viewer, bot, session } = await stage(t)
  const looker = await watched(clientOf(t, owner), bot)
  const here = () => looker.get().online.some(({ user_id }) => user_id === viewer.id)
  for (let round = 0; round < 3; round += 1) {
    const hooks = [1, 2].map(() => mountHook(t, client, () => [useSession(bot.id, session.id), useBot(bot.id)]))
    await until(() => hooks.every((hook) => hook.result()[1].status === 'live'), 'live')
    for (const hook of hooks) hook.unmount()
  }
  await until(here, 'the viewer')
  await until(() => !here(), 'nobody')
})
