// Looking into texts: what counts as plain, excerpts, quotes, mentions. No page is needed for these.

import assert from 'node:assert/strict'
import test from 'node:test'

import { excerpt, findQuote, isPlain, mentionAt, plainLine } from '../../../console/lib/text.js'

test('what people mostly write needs no rendering', () => {
  for (const text of ['Hello!', 'See you at 16:30, room 4 (upstairs).', 'One line\nand another', 'The answer [1] and [2].', '@anna have a look', '😀 ok', "it's fine - really"]) {
    assert.ok(isPlain(text), text)
  }
})

test('whatever Markdown would change is rendered', () => {
  const changed = ['**bold**', '_it_', '`code`', '# Title', '> quote', '- item', '+ item', '1. one', '2) two', 'a\n- b', 'a\n1. b', 'a\n\nb', '    code', 'a | b', '[x](y)', '[x]: http', 'https://a.example', 'www.a.example', 'a@b.example', 'a < b', 'a & b', '\\*', '~~no~~', 'Title\n====', 'Title\n---']
  for (const text of changed) assert.ok(!isPlain(text), text)
})

test('a line for a list has no marks, no breaks and a bound', () => {
  assert.equal(plainLine('**Bold**\n\n| a | b |\n|---|--:|\n done [1]'), 'Bold a b done')
  assert.equal(plainLine('_so_ says __max_tokens__ of a_file.md'), 'so says max_tokens of a_file.md')
  assert.equal(plainLine('x'.repeat(500)).length, 120)
})

test('a quote is found over line breaks and without its dots', () => {
  const text = 'It is open on\n  Saturday from  10:00 (to 15:00).'
  assert.equal(text.slice(...findQuote(text, 'open on Saturday from 10:00 (to …')), 'open on\n  Saturday from  10:00 (to')
  assert.deepEqual(findQuote(text, 'OPEN ON'), [6, 13])
  assert.equal(findQuote(text, 'closed'), null)
  assert.equal(findQuote(text, '  '), null)
})

test('an excerpt shows the words that were looked for, and loses nothing of a short text', () => {
  const text = 'The chain is worn when chains drop (0.75).'
  const parts = excerpt(text, 'chain drop')
  assert.equal(parts.map((p) => p.text).join(''), text)
  assert.deepEqual(parts.filter((p) => p.found).map((p) => p.text), ['chain', 'chains', 'drop'])
})

test('an excerpt of a long text is cut around the first word', () => {
  const parts = excerpt(`${'before '.repeat(100)}needle${' after'.repeat(100)}`, 'need')
  const text = parts.map((p) => p.text).join('')
  assert.ok(text.startsWith('… ') && text.endsWith(' …') && text.length < 400)
  assert.deepEqual(parts.filter((p) => p.found).map((p) => p.text), ['needle'])
})

test('signs in a search mean nothing special', () => {
  assert.deepEqual(excerpt('a (b) c', '((b').filter((p) => p.found).map((p) => p.text), ['b'])
  assert.equal(excerpt('abc', '***').map((p) => p.text).join(''), 'abc')
})

test('a mention begins after a space or a bracket and ends at the caret', () => {
  assert.deepEqual(mentionAt('hey @an'), { from: 4, word: 'an' })
  assert.deepEqual(mentionAt('@'), { from: 0, word: '' })
  assert.deepEqual(mentionAt('(@Jürgen-2'), { from: 1, word: 'Jürgen-2' })
  assert.equal(mentionAt('mail@host'), null)
  assert.equal(mentionAt('@anna '), null)
})
