// The configuration of a bot as it is edited: what counts as a change, what settings may be, how two edits meet.

import assert from 'node:assert/strict'
import test from 'node:test'

import { bodyOf, changedFields, draftOf, idleSettings, meet, settingsProblem } from '../../../console/lib/config.js'

const bot = { name: 'Guide', description: 'Answers', instructions: 'Be kind.\nBe brief.\nSay sorry.\n', model: 'm1', settings: { temperature: 0.5, top_p: 1 } }
const draft = (change = {}) => ({ ...draftOf(bot), ...change })

test('nothing typed is nothing changed', () => {
  assert.deepEqual(changedFields(draft(), draft()), [])
})

test('spacing and order of settings are no change, a value is', () => {
  assert.deepEqual(changedFields(draft(), draft({ settings: '{"top_p":1,"temperature":0.5}' })), [])
  assert.deepEqual(changedFields(draft(), draft({ settings: '{"top_p":1,"temperature":0.6}' })), ['settings'])
})

test('blanks around a name are no change, those in instructions are', () => {
  assert.deepEqual(changedFields(draft(), draft({ name: ' Guide ' })), [])
  assert.deepEqual(changedFields(draft(), draft({ instructions: `${bot.instructions} ` })), ['instructions'])
})

test('only what was changed is sent, an emptied model as none', () => {
  assert.deepEqual(bodyOf(draft({ model: ' ', name: 'New' }), ['model', 'name']), { model: null, name: 'New' })
  assert.deepEqual(bodyOf(draft({ settings: '{"a": [1]}' }), ['settings']), { settings: { a: [1] } })
})

test('settings that are no JSON are told with their line', () => {
  assert.match(settingsProblem('{\n  "a": 1,\n  b: 2\n}') ?? '', /no JSON/)
  assert.equal(settingsProblem('{"a": 1}'), undefined)
  assert.equal(settingsProblem(''), undefined)
})

test('settings are an object of at most 16 KiB', () => {
  for (const text of ['[]', '1', '"a"', 'null']) assert.match(settingsProblem(text) ?? '', /object/)
  assert.match(settingsProblem(JSON.stringify({ a: 'x'.repeat(17_000) })) ?? '', /16 KiB/)
})

test('known settings out of their bounds are named', () => {
  assert.deepEqual(idleSettings('{"temperature": 3, "top_p": 0, "max_tokens": 1.5, "other": -1}'), ['temperature', 'top_p', 'max_tokens'])
  assert.deepEqual(idleSettings('{"temperature": 0, "top_p": 1, "max_tokens": 100}'), [])
})

test('edits of different fields meet without a question', () => {
  const met = meet(draft(), draft({ name: 'Mine' }), draft({ model: 'm2' }))
  assert.deepEqual(met.filter((m) => m.conflict), [])
  assert.deepEqual(Object.fromEntries(met.map((m) => [m.name, m.merged])), { ...draft(), name: 'Mine', model: 'm2' })
})

test('edits of different lines of the instructions are merged', () => {
  const met = meet(draft(), draft({ instructions: 'Be very kind.\nBe brief.\nSay sorry.\n' }), draft({ instructions: 'Be kind.\nBe brief.\nNever say sorry.\n' }))
  assert.equal(met.find((m) => m.name === 'instructions')?.merged, 'Be very kind.\nBe brief.\nNever say sorry.\n')
})

test('different edits of one place are for a person to decide', () => {
  const met = meet(draft(), draft({ name: 'Mine', instructions: 'A\nBe brief.\nSay sorry.\n' }), draft({ name: 'Theirs', instructions: 'B\nBe brief.\nSay sorry.\n' }))
  assert.deepEqual(met.filter((m) => m.conflict).map((m) => m.name), ['name', 'instructions'])
})
