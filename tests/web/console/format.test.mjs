// How sizes, lists, names and times are written.

import assert from 'node:assert/strict'
import test from 'node:test'

import { ago, dayKey, initials, list, plural, size, tint } from '../../../console/lib/format.js'

test('sizes have three digits at most', () => {
  const cases = { 0: '0 B', 999: '999 B', 1000: '1.0 kB', 9949: '9.9 kB', 12_345: '12 kB', 999_499: '999 kB', 999_500: '1.0 MB', 5e9: '5.0 GB' }
  for (const [bytes, text] of Object.entries(cases)) assert.equal(size(Number(bytes)), text)
})

test('lists of names end in words', () => {
  assert.equal(list([]), '')
  assert.equal(list(['Ann']), 'Ann')
  assert.equal(list(['Ann', 'Ben']), 'Ann and Ben')
  assert.equal(list(['Ann', 'Ben', 'Cy']), 'Ann, Ben and Cy')
  assert.equal(list(['Ann', 'Ben', 'Cy', 'Di', 'Ed']), 'Ann, Ben and 3 others')
})

test('initials come from the first and the last word, whole characters', () => {
  assert.equal(initials('Workshop guide'), 'WG')
  assert.equal(initials('anna'), 'AN')
  assert.equal(initials('ben.van-der.berg'), 'BB')
  assert.equal(initials('😀 happy 😎'), '😀😎')
  assert.equal(initials(''), '?')
})

test('one thing is one, all else are many', () => {
  assert.equal(plural(1, 'person', 'people'), '1 person')
  assert.equal(plural(0, 'message'), '0 messages')
})

test('times are told from now, and the last minute is just now', () => {
  const now = Date.parse('2026-01-10T12:00:00Z')
  assert.equal(ago('2026-01-10T11:59:31Z', now), 'just now')
  assert.match(ago('2026-01-10T11:57:00Z', now), /3/)
  assert.equal(dayKey('2026-01-10T12:00:00Z'), dayKey('2026-01-10T12:30:00Z'))
})

test('the same id has the same tint, one of eight', () => {
  const tints = new Set(Array.from({ length: 200 }, (_, i) => tint(`id-${i}`)))
  assert.equal(tints.size, 8)
  assert.equal(tint('a'), tint('a'))
})
