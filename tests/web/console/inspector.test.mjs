// What the inspector keeps and what it copies: the parts without a page.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { commands, quoted, templates } from '../../../console/lib/commands.js'
import { FrameLog } from '../../../console/lib/frame-log.js'
import { pathOf, subscribeFrame, withoutToken } from '../../../console/lib/wire.js'

const event = (/** @type {number} */ seq, type = 'chat_message') => JSON.stringify({ type, bot_id: 'b', seq, id: 'i', data: { content: `Nr ${seq}` } })

test('the log keeps the newest frames and says how many it dropped', () => {
  const log = new FrameLog(100)
  for (let n = 1; n <= 250; n++) log.add('in', event(n))
  assert.ok(log.total <= 100 && log.total >= 90)
  assert.equal(log.total + log.dropped, 250)
  assert.equal(log.shown.at(-1)?.seq, 250)
  assert.equal(log.shown[0].seq, log.dropped + 1)
})

test('what comes during a pause is held back, in order, and bounded as well', () => {
  const log = new FrameLog(100)
  log.add('in', event(1))
  log.pause()
  for (let n = 2; n <= 4; n++) log.add('in', event(n))
  assert.deepEqual([log.shown.length, log.held], [1, 3])
  log.resume()
  assert.deepEqual(log.shown.map((entry) => entry.seq), [1, 2, 3, 4])
  log.pause()
  for (let n = 5; n <= 300; n++) log.add('in', event(n))
  assert.ok(log.held <= 100)
})

test('a filter by words and type holds for what is there and for what comes', () => {
  const log = new FrameLog()
  log.add('in', event(1))
  log.add('in', JSON.stringify({ type: 'pong', seq: 1 }))
  log.filter = { type: 'durable' }
  assert.deepEqual(log.shown.map((entry) => entry.type), ['chat_message'])
  log.add('in', event(2))
  log.add('out', JSON.stringify({ type: 'ping' }))
  assert.deepEqual(log.shown.map((entry) => entry.seq), [1, 2])
  log.filter = { type: 'passing' }
  assert.deepEqual(log.shown.map((entry) => entry.type), ['pong', 'ping'])
  log.filter = { type: '', words: 'NR 2' }
  assert.deepEqual(log.shown.map((entry) => entry.seq), [2])
  log.filter = { words: '' }
  assert.equal(log.shown.length, 4)
})

test('text that is no JSON is shown as it came', () => {
  const log = new FrameLog()
  log.add('in', 'é<script>')
  assert.deepEqual({ ...log.shown[0], at: 0 }, { n: 1, at: 0, direction: 'in', type: '(no type)', channel: '', seq: null, bytes: 10, text: 'é<script>' })
})

const bot = { kind: /** @type {const} */ ('chat'), channel: 'bot:7', since: '41', epoch: 'e1' }

test('commands resume where the inspector does, and hold no token unless asked', () => {
  assert.deepEqual(commands(bot, 'http://localhost:8000', null).map((one) => one.text), [
    `npx wscat --header "Authorization: Bearer $TOKEN" --connect 'ws://localhost:8000/api/ws/chat/7?since=41&epoch=e1'`,
    `curl --no-buffer -H "Authorization: Bearer $TOKEN" 'http://localhost:8000/api/bots/7/events/stream?since=41&epoch=e1'`,
    `curl -H "Authorization: Bearer $TOKEN" 'http://localhost:8000/api/bots/7/events?since=41&epoch=e1&wait=25'`,
  ])
  assert.match(commands(bot, 'http://localhost:8000', 'abc')[0].text, /--header 'Authorization: Bearer abc'/)
  const shared = { ...bot, kind: /** @type {const} */ ('channels'), since: '' }
  assert.deepEqual(commands(shared, 'https://chat.example.org', null)[0].text,
    `npx wscat --header "Authorization: Bearer $TOKEN" --wait=-1 --execute '{"type":"subscribe","id":"join","data":{"channels":[{"channel":"bot:7"}]}}' --connect wss://chat.example.org/api/ws`)
  assert.equal(commands({ ...shared, channel: 'notifications' }, 'http://localhost', null).length, 1)
})

test('a word of a shell stays one word, whatever is in it', () => {
  assert.equal(quoted("it's $HOME `x`"), `'it'\\''s $HOME \`x\`'`)
  assert.equal(quoted('plain/path'), 'plain/path')
})

test('a path and a subscription carry what was typed, also what is no number', () => {
  assert.equal(pathOf({ ...bot, channel: ' bot:a/b ' }), '/api/ws/chat/a%2Fb?since=41&epoch=e1')
  assert.equal(pathOf({ kind: 'notifications', channel: '', since: '', epoch: 'x' }), '/api/ws/notifications')
  assert.deepEqual(subscribeFrame({ ...bot, since: '-1' }).data.channels, [{ channel: 'bot:7', since: '-1', epoch: 'e1' }])
  assert.deepEqual(subscribeFrame(bot).data.channels, [{ channel: 'bot:7', since: 41, epoch: 'e1' }])
})

test('a token that was sent is not shown', () => {
  assert.equal(withoutToken('{"type":"auth","data":{"token":"secret"}}'), '{"type":"auth","data":{"token":"…"}}')
  assert.equal(withoutToken('{"type":"ping"}'), '{"type":"ping"}')
  assert.equal(withoutToken('"auth"'), '"auth"')
})

test('templates name the channel where the socket wants one', () => {
  const on = (/** @type {import('../../../console/lib/wire.js').Kind} */ kind) => templates({ ...bot, kind }).map((one) => one.name)
  assert.deepEqual(on('chat'), ['ping', 'typing', 'viewing', 'read'])
  assert.deepEqual(on('notifications'), ['ping'])
  assert.ok(on('channels').includes('subscribe'))
  assert.equal(JSON.stringify(templates({ ...bot, kind: 'channels' }).at(-1)?.frame).includes('"channel":"bot:7"'), true)
})
