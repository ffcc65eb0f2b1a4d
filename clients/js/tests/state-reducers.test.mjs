// What each event does to the model of a bot, by tables: a model, frames, and what is to be found afterwards. Whether that
// is what the server means is told by state-story.test.mjs.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { emptyModel } from '../colloquy/state/empty.js'
import { fromSnapshot, reduce } from '../colloquy/state/model.js'
import { joinPage, trim } from '../colloquy/state/messages.js'
import { configLoaded } from '../colloquy/state/people.js'

const ANN = { user_id: 'u-ann', username: 'ann' }
const BOB = { user_id: 'u-bob', username: 'bob' }
const AT = '2026-01-01T00:00:00.000000Z'

const message = (id, by = BOB, content = id) => ({
  id, message_id: id, session_id: 's1', bot_id: 'b', user_id: by?.user_id ?? null, username: by?.username ?? 'Librarian',
  role: by ? 'user' : 'assistant', content, metadata: {}, timestamp: AT, edited_at: null,
})

function snapshot(change = {}) {
  return {
    bot: { id: 'b', name: 'Librarian', description: '', instructions: '', model: '', settings: {}, version: 1, role: 'editor',
      owners: [BOB], created_at: AT, updated_at: AT },
    members: [
      { ...ANN, role: 'editor', granted_by: 'u-bob', granted_at: AT, expires_at: null },
      { ...BOB, role: 'owner', granted_by: 'u-bob', granted_at: AT, expires_at: null },
    ],
    sessions: [session('s1')],
    messages: { s1: [] },
    documents: [],
    answers: [],
    presence: [],
    more: false,
    seq: 10,
    epoch: 'e',
    ...change,
  }
}

const session = (id, change = {}) => ({
  id, bot_id: 'b', title: '', visibility: 'shared', status: 'open', auto_reply: true, created_by: 'u-bob', username: 'bob',
  created_at: AT, updated_at: AT, message_count: 0, unread: 0, read: [], ...change,
})

/** Ann's model after the frames; those that need a number get the next one. */
function after(frames, from = snapshot()) {
  let model = fromSnapshot(emptyModel(ANN), from, ANN)
  let seq = from.seq
  for (const [type, data, more] of frames) {
    const durable = !SIGNALS.includes(type) && !(type === 'document_update' && more?.progress)
    model = reduce(model, { type, bot_id: 'b', data, timestamp: AT, ...(durable ? { seq: (seq += 1) } : {}) })
  }
  return model
}
const SIGNALS = ['typing_indicator', 'presence', 'read_receipt', 'answer_status', 'chat_message_delta', 'subscribed']

const posted = (id, by, more) => ['chat_message', { ...message(id, by), ...more }]
const deleted = (id) => ['chat_message_deleted', { message_id: id, session_id: 's1', deleted_by: 'u-bob' }]
const marked = (person, id) => ['read_receipt', { session_id: 's1', user_id: person.user_id, message_id: id }]
const delta = (offset, content) => ['chat_message_delta', { message_id: 'a1', session_id: 's1', offset, content }]
const ids = (model) => model.messages.s1.items.map((row) => row.id)
const s1 = (model) => model.sessions.find((row) => row.id === 's1')
const withMessages = (messages, change = {}) =>
  snapshot({ sessions: [session('s1', { message_count: messages.length, ...change })], messages: { s1: messages } })

const UNREAD = [
  ['what others write is unread, what one writes oneself is not', [posted('m1'), posted('m2', ANN), posted('m3', null)], 2],
  ['a mark in the middle leaves what came after it', [posted('m1'), posted('m2'), posted('m3'), marked(ANN, 'm2')], 1],
  ['a mark of another changes nothing', [posted('m1'), marked(BOB, 'm1')], 1],
  ['a mark never moves backwards', [posted('m1'), posted('m2'), marked(ANN, 'm2'), marked(ANN, 'm1')], 0],
  ['a mark that is quicker than its message counts when that comes', [posted('m1'), marked(ANN, 'm2'), posted('m2'), posted('m3')], 1],
  ['an unread message that is deleted is not unread', [posted('m1'), posted('m2'), deleted('m2')], 1],
  ['a read message that is deleted changes nothing', [posted('m1'), posted('m2'), marked(ANN, 'm1'), deleted('m1')], 1],
  ['the marked message deleted, the one before it is marked', [posted('m1'), posted('m2'), posted('m3'), marked(ANN, 'm2'), deleted('m2'), posted('m4')], 2],
  ['a text that the replay brings blank was never there', [posted('m1', BOB, { content: '', redacted: true }), deleted('m1')], 0],
]

for (const [name, frames, unread] of UNREAD) {
  test(`unread: ${name}`, () => {
    const model = after(frames)
    assert.equal(s1(model).unread, unread)
    assert.equal(s1(model).message_count, ids(model).length)
  })
}

test('older unread messages that are not loaded stay counted', () => {
  const model = after([posted('m9')], withMessages([message('m7'), message('m8')], { message_count: 20, unread: 12 }))
  assert.equal(s1(model).unread, 13)
  assert.equal(s1(after([posted('m9'), marked(ANN, 'm8')], withMessages([message('m7'), message('m8')], { message_count: 20, unread: 12 }))).unread, 1)
})

test('a deletion among messages that are not loaded puts the count in doubt when some of those are unread', () => {
  const with_unread = withMessages([message('m8')], { message_count: 20, unread: 12 })
  assert.deepEqual([...after([deleted('m3')], with_unread).book.doubtful], ['s1'])
  const all_read = withMessages([message('m8')], { message_count: 20, unread: 0, read: [{ ...ANN, message_id: 'm8' }] })
  const model = after([deleted('m3')], all_read)
  assert.equal(model.book.doubtful.size, 0)
  assert.equal(s1(model).message_count, 19)
})

test('a mark on a message that is deleted already puts the session in doubt', () => {
  const model = after([posted('m1'), posted('m2'), deleted('m2'), marked(BOB, 'm2')])
  assert.deepEqual([...model.book.doubtful], ['s1'])
  assert.equal(after([posted('m1'), marked(BOB, 'm1')]).book.doubtful.size, 0)
})

test('an older page joins in front, and its unread part counts no second time', () => {
  const start = withMessages([message('m3'), message('m4')], { message_count: 4, unread: 3, read: [{ ...ANN, message_id: 'm1' }] })
  const model = joinPage(after([], start), 's1', [message('m1'), message('m2')], false)
  assert.deepEqual(ids(model), ['m1', 'm2', 'm3', 'm4'])
  assert.equal(s1(model).unread, 3)
  assert.deepEqual(model.book.floors.s1, { at: 'm1', older: 0 })
})

test('a page that is quicker than the event of its newest message does not count it twice', () => {
  const start = withMessages([], { message_count: 1, unread: 1 })
  let model = joinPage(after([], start), 's1', [message('m1'), message('m2')], false)
  assert.equal(s1(model).unread, 1)
  model = reduce(model, { type: 'chat_message', bot_id: 'b', seq: 11, data: message('m2'), timestamp: AT })
  assert.deepEqual(ids(model), ['m1', 'm2'])
  assert.equal(s1(model).unread, 2)
  assert.equal(s1(model).message_count, 2)
})

test('a session that grows too long lets its oldest go and counts on', () => {
  const start = withMessages(['m1', 'm2', 'm3', 'm4'].map((id) => message(id)), { unread: 3, read: [{ ...ANN, message_id: 'm1' }] })
  const model = trim(after([], start), 's1', 2)
  assert.deepEqual(ids(model), ['m3', 'm4'])
  assert.equal(model.messages.s1.more, true)
  assert.equal(s1(model).unread, 3)
})

test('an edit changes the text and its time alone, and an older one changes nothing', () => {
  const edit = (content, edited_at) => ['chat_message_updated', { ...message('m1'), content, edited_at }]
  const model = after([posted('m1'), posted('m2'), edit('second', '2026-01-03'), edit('first', '2026-01-02')])
  assert.equal(model.messages.s1.items[0].content, 'second')
  assert.equal(s1(model).message_count, 2)
})

const ANSWERS = [
  ['pieces in a row add up', [delta(0, 'Good '), delta(5, 'day')], 'Good day', 8],
  ['offsets count characters, not UTF-16 units', [delta(0, '😀😀'), delta(2, '!'), delta(1, 'é')], '😀é', 2],
  ['a piece from the start replaces all', [delta(0, 'Good day'), delta(0, 'Good')], 'Good', 4],
  ['a piece beyond the text waits for one from the start', [delta(0, 'Good'), delta(9, 'lost'), delta(0, 'Good day and')], 'Good day and', 12],
  ['a combining sequence is several characters', [delta(0, 'e\u0301'), delta(2, 'x')], 'e\u0301x', 3],
]

for (const [name, frames, content, length] of ANSWERS) {
  test(`answers: ${name}`, () => {
    const { a1 } = after(frames).answers
    assert.deepEqual([a1.content, a1.length, a1.status], [content, length, 'running'])
  })
}

test('an answer waits, runs and ends with its message', () => {
  const status = (state, position) => ['answer_status', { message_id: 'a1', session_id: 's1', question_id: 'm1', status: state, position }]
  const start = [posted('m1', ANN), status('queued', 2)]
  assert.deepEqual(after(start).answers.a1, { message_id: 'a1', session_id: 's1', question_id: 'm1', status: 'queued', position: 2, content: '', length: 0 })
  const running = after([...start, status('queued', 1), status('running', 0), delta(0, 'Yes')])
  assert.deepEqual([running.answers.a1.status, running.answers.a1.content], ['running', 'Yes'])
  const ended = after([...start, delta(0, 'Yes'), posted('a1', null, { content: 'Yes.' }), delta(3, ' late'), status('running', 0)])
  assert.deepEqual([ended.answers, ids(ended)], [{}, ['m1', 'a1']])
})

test('a long answer is put together without going over it again for each piece', () => {
  const piece = 'word 😀 '
  let model = after([])
  const begun = process.cpuUsage()
  for (let at = 0; at < 30_000; at += 1) {
    model = reduce(model, { type: 'chat_message_delta', data: { message_id: 'a1', session_id: 's1', offset: at * 7, content: piece } })
  }
  const { user } = process.cpuUsage(begun)
  assert.equal(model.answers.a1.length, 210_000)
  assert.ok(user < 1_000_000, `${user} µs`)
})

test('typing is told by session, and ends with the message, the person or the word', () => {
  const typing = (person, is_typing = true, session_id = 's1') => ['typing_indicator', { ...person, session_id, is_typing }]
  assert.deepEqual(after([typing(BOB), typing(BOB), typing(BOB, true, null)]).typing, { s1: [BOB], '': [BOB] })
  for (const end of [typing(BOB, false), posted('m1', BOB), ['presence', { ...BOB, status: 'offline', session_id: null }], ['subscribed', { online: [], read: [] }]]) {
    assert.deepEqual(after([typing(BOB), end]).typing, {}, end[0])
  }
})

test('who is online and where is told by presence and by the greeting', () => {
  const here = (person, session_id) => ['presence', { ...person, status: 'online', session_id }]
  assert.deepEqual(after([here(BOB, null), here(ANN, 's1'), here(BOB, 's1')]).online, [{ ...ANN, session_id: 's1' }, { ...BOB, session_id: 's1' }])
  assert.deepEqual(after([here(BOB, null), ['subscribed', { online: [{ ...ANN, session_id: null }] }]]).online, [{ ...ANN, session_id: null }])
})

const role = (person, value, action = 'updated', details = {}) => [
  'permission_change',
  { target_user_id: person.user_id, action, details: { role: value, granted_by: 'u-bob', username: person.username, granted_at: AT, expires_at: null, ...details } },
]

test('who becomes an editor has the configuration to load, who is one no more has it no more', () => {
  const viewer = after([role(ANN, 'viewer')])
  assert.equal(viewer.role, 'viewer')
  assert.equal('instructions' in viewer.bot, false)
  assert.equal(viewer.book.configStale, false)
  const editor = after([role(ANN, 'viewer'), role(ANN, 'editor')])
  assert.equal(editor.book.configStale, true)
  const loaded = configLoaded(editor, { ...snapshot().bot, instructions: 'Be kind.', role: 'editor' })
  assert.deepEqual([loaded.bot.instructions, loaded.book.configStale], ['Be kind.', false])
})

test('a changed configuration is read again by those who may see it', () => {
  const config = (changed) => ['bot_update', { update_type: 'config', details: { name: 'Clerk', description: 'x', version: 2, changed }, updated_by: 'u-bob' }]
  assert.equal(after([config(['name'])]).book.configStale, false)
  const model = after([config(['name', 'instructions'])])
  assert.deepEqual([model.bot.name, model.bot.version, model.book.configStale], ['Clerk', 2, true])
  assert.equal(configLoaded(model, snapshot().bot), model, 'an answer from before the change is no use')
  assert.equal(after([role(ANN, 'viewer'), config(['instructions'])]).book.configStale, false)
})

const ENDS = [
  ['revoked by a person', role(ANN, 'editor', 'revoked'), 'revoked', BOB],
  ['expired', role(ANN, 'editor', 'revoked', { granted_by: null, reason: 'expired' }), 'expired', null],
  ['left', role(ANN, 'editor', 'revoked', { granted_by: 'u-ann', reason: 'left' }), 'left', ANN],
  ['suspended', ['bot_update', { update_type: 'suspended', details: {}, updated_by: 'u-admin' }], 'suspended', { user_id: 'u-admin', username: null }],
  ['deleted', ['bot_update', { update_type: 'deleted', details: { name: 'Librarian' }, updated_by: 'u-bob' }], 'deleted', BOB],
]

for (const [name, end, kind, by] of ENDS) {
  test(`the end of one's own access is told: ${name}`, () => {
    const model = after([posted('m1'), end])
    assert.deepEqual(model.reason, { kind, by, at: AT })
    assert.deepEqual([model.role, model.sessions, model.messages, model.documents], [null, [], {}, []])
    assert.equal('instructions' in model.bot, false)
  })
}

test('a member who goes takes the marks along, and brings them back', () => {
  const gone = after([posted('m1'), marked(BOB, 'm1'), role(BOB, 'owner', 'revoked')])
  assert.deepEqual([gone.members.length, gone.bot.owners, gone.read.s1], [1, [], {}])
  const back = after([posted('m1'), marked(BOB, 'm1'), role(BOB, 'owner', 'revoked'), role(BOB, 'viewer', 'granted')])
  assert.deepEqual([back.members.length, back.bot.owners, back.read.s1], [2, [], { 'u-bob': 'm1' }])
})

test('ownership goes over, and whoever gives it stays as an editor', () => {
  const details = { from: 'u-bob', to: 'u-ann', to_username: 'ann', granted_by: 'u-bob', granted_at: AT }
  const model = after([['bot_update', { update_type: 'ownership', details, updated_by: 'u-bob' }]])
  assert.deepEqual(model.members.map((row) => row.role), ['owner', 'editor'])
  assert.deepEqual([model.bot.owners, model.role, model.bot.role], [[ANN], 'owner', 'owner'])
})

test('sessions come newest first, change and go with all that is theirs', () => {
  const made = (id) => ['session_created', { session: session(id, { message_count: undefined, unread: undefined, read: undefined }) }]
  const model = after([made('s3'), made('s2'), ['session_updated', { session: { id: 's2', title: 'Tides' } }]])
  assert.deepEqual(model.sessions.map((row) => [row.id, row.title]), [['s3', ''], ['s2', 'Tides'], ['s1', '']])
  const without = after([posted('m1'), delta(0, 'x'), marked(BOB, 'm1'), ['session_deleted', { session: { id: 's1' } }]])
  assert.deepEqual([without.sessions, without.messages, without.answers, without.read], [[], {}, {}, {}])
})

test('documents show their progress until they have ended', () => {
  const update = (action, document, more) => ['document_update', { action, document: { id: 'd1', filename: 'a.md', ...document }, user_id: 'u-bob' }, more]
  const ticks = [update('uploaded', { status: 'queued', progress: 0 }), update('processing', { status: 'processing', progress: 0.5 }, { progress: true })]
  assert.equal(after(ticks).documents[0].progress, 0.5)
  const done = [...ticks, update('processed', { status: 'processed', progress: 1 }), update('processing', { status: 'processing', progress: 0.9 }, { progress: true })]
  assert.deepEqual([after(done).documents[0].status, after(done).documents[0].progress], ['processed', 1])
  assert.deepEqual(after([...done, update('deleted', { status: 'processed' })]).documents, [])
})

test('an event that is already contained, and a type that nobody knows, change nothing', () => {
  const model = after([posted('m1')])
  assert.equal(reduce(model, { type: 'chat_message', bot_id: 'b', seq: 11, data: message('m1'), timestamp: AT }), model)
  assert.equal(reduce(model, { type: 'surprise', data: {} }), model)
  assert.equal(reduce(model, { type: 'constructor', data: {} }), model)
})

test('what an event does not concern stays the same object', () => {
  const start = after([posted('m1'), ['session_created', { session: session('s2') }]])
  const next = reduce(start, { type: 'chat_message', bot_id: 'b', seq: 13, data: { ...message('m2'), session_id: 's2' }, timestamp: AT })
  assert.notEqual(next.messages.s2, start.messages.s2)
  for (const name of ['bot', 'members', 'documents', 'answers', 'typing', 'online', 'read']) assert.equal(next[name], start[name], name)
  assert.equal(next.messages.s1, start.messages.s1)
  assert.equal(next.sessions[1], start.sessions[1])
})

test('a state loaded afresh keeps every object that is equal', () => {
  const full = () => withMessages([message('m1'), message('m2')], { unread: 2 })
  const model = after([], full())
  const again = fromSnapshot(model, full(), ANN)
  for (const name of ['bot', 'members', 'sessions', 'documents', 'messages', 'answers', 'online', 'read']) assert.equal(again[name], model[name], name)
  const grown = fromSnapshot(model, withMessages([message('m1'), message('m2'), message('m3')], { unread: 3 }), ANN)
  assert.equal(grown.messages.s1.items[0], model.messages.s1.items[0])
})

test('a fresh state does not shorten an answer that live pieces brought further', () => {
  const model = after([delta(0, 'Good day')])
  const answer = { message_id: 'a1', session_id: 's1', question_id: 'm1', status: 'running', content: 'Good' }
  assert.equal(fromSnapshot(model, snapshot({ answers: [answer] }), ANN).answers.a1.content, 'Good day')
  assert.deepEqual(fromSnapshot(model, snapshot(), ANN).answers, {})
})

test('a burst of ten thousand messages costs little more than their number', () => {
  const sessions = Array.from({ length: 50 }, (_, at) => session(`s${at}`))
  let model = after([], snapshot({ sessions, messages: {} }))
  const begun = process.cpuUsage()
  for (let at = 0; at < 10_000; at += 1) {
    model = reduce(model, { type: 'chat_message', bot_id: 'b', seq: 11 + at, data: message(`m${at}`), timestamp: AT })
    if (model.messages.s1.items.length > 300) model = trim(model, 's1')
  }
  const { user } = process.cpuUsage(begun)
  assert.equal(s1(model).unread, 10_000)
  assert.ok(user < 1_000_000, `${user} µs`)
})
