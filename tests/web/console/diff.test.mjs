// The comparison of texts: what it finds, that nothing gets lost in it, and that it stays quick.

import assert from 'node:assert/strict'
import test from 'node:test'

import { diffRows, diffWords, merge } from '../../../console/lib/diff.js'

const told = (before, after) => diffWords(before, after).map(({ type, text }) => ({ same: text, add: `{+${text}+}`, del: `[-${text}-]` })[type]).join('')
const old = (pieces) => pieces.filter((p) => p.type !== 'add').map((p) => p.text).join('')
const fresh = (pieces) => pieces.filter((p) => p.type !== 'del').map((p) => p.text).join('')

test('equal texts have no difference', () => {
  assert.deepEqual(diffWords('one two', 'one two'), [{ type: 'same', text: 'one two' }])
  assert.deepEqual(diffWords('', ''), [])
})

test('a word that was changed is told, not the whole line', () => {
  assert.equal(told('Answer in short sentences.', 'Answer in long sentences.'), 'Answer in [-short-]{+long+} sentences.')
})

test('words that were put in or taken out are told alone', () => {
  assert.equal(told('Be kind.', 'Be very kind.'), 'Be {+very +}kind.')
  assert.equal(told('Be very kind.', 'Be kind.'), 'Be [-very -]kind.')
})

test('neighbouring words that all changed are one change', () => {
  assert.equal(told('say good morning to all', 'say buenos dias to all'), 'say [-good morning-]{+buenos dias+} to all')
})

test('a number with a point in it is one word', () => {
  assert.equal(told('at 0.3, not 1', 'at 0.9, not 1'), 'at [-0.3-]{+0.9+}, not 1')
})

test('a new line leaves the others alone', () => {
  assert.equal(told('a\nb\n', 'a\nx\nb\n'), 'a\n{+x\n+}b\n')
})

test('letters of every language are words', () => {
  assert.equal(told('Größe prüfen', 'Größe messen'), 'Größe [-prüfen-]{+messen+}')
  assert.equal(told('привет мир', 'привет дом'), 'привет [-мир-]{+дом+}')
})

test('rows stand beside each other, a missing line is empty', () => {
  const rows = diffRows('a\nb\n', 'a\nb\nc\n')
  assert.deepEqual(rows.map((row) => row.type), ['same', 'same', 'change'])
  assert.equal(rows[2].left, null)
  assert.deepEqual(rows[2].right, [{ type: 'add', text: 'c\n' }])
})

test('the old and the new text can be put together again from any difference', () => {
  let seed = 7
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n
  const text = () => Array.from({ length: random(60) }, () => ['a', 'b', 'the', ' ', ' ', '\n', '.', 'ü'][random(8)]).join('')
  for (let i = 0; i < 2000; i++) {
    const [before, after] = [text(), text()]
    const pieces = diffWords(before, after)
    assert.equal(old(pieces), before)
    assert.equal(fresh(pieces), after)
    const rows = diffRows(before, after)
    assert.equal(rows.flatMap((row) => row.left ?? []).map((p) => p.text).join(''), before)
    assert.equal(rows.flatMap((row) => row.right ?? []).map((p) => p.text).join(''), after)
    assert.ok(rows.every((row) => (row.left ?? []).every((p) => p.type !== 'add') && (row.right ?? []).every((p) => p.type !== 'del')))
  }
})

test('64 KiB with nothing in common are compared at once', () => {
  const one = Array.from({ length: 11_000 }, (_, i) => `w${i}`).join(' ').slice(0, 65_536)
  const two = Array.from({ length: 11_000 }, (_, i) => `v${i * 7}`).join(' ').slice(0, 65_536)
  const begun = performance.now()
  const pieces = diffWords(one, two)
  assert.ok(performance.now() - begun < 1_000)
  assert.equal(old(pieces), one)
  assert.equal(fresh(pieces), two)
})

test('one word in 64 KiB of lines is found', () => {
  const text = Array.from({ length: 1_600 }, (_, i) => `This is line number ${i} of the text`).join('\n')
  assert.deepEqual(diffWords(text, text.replace('number 800', 'number eight hundred')).filter((p) => p.type !== 'same'), [{ type: 'del', text: '800' }, { type: 'add', text: 'eight hundred' }])
})

test('edits of different lines are merged', () => {
  assert.equal(merge('a\nb\nc\nd\n', 'A\nb\nc\nd\n', 'a\nb\nc\nD\n'), 'A\nb\nc\nD\n')
  assert.equal(merge('a\nb\nc\n', 'a\nb\nc\nd\n', 'b\nc\n'), 'b\nc\nd\n')
})

test('the same edit on both sides is made once', () => {
  assert.equal(merge('a\nb\n', 'a\nx\n', 'a\nx\n'), 'a\nx\n')
})

test('different edits of one place are not merged', () => {
  assert.equal(merge('a\nb\nc\n', 'a\nx\nc\n', 'a\ny\nc\n'), null)
  assert.equal(merge('a\n', 'a\nx\n', 'a\ny\n'), null)
})

test('who changed nothing takes over what the other did', () => {
  assert.equal(merge('a\nb', 'a\nb', 'c'), 'c')
  assert.equal(merge('a\nb', 'c', 'a\nb'), 'c')
})
