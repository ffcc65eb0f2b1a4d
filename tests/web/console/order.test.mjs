// The order of conversations, also while it is held.

import assert from 'node:assert/strict'
import test from 'node:test'

import { makeOrder } from '../../../console/lib/order.js'

const of = (text) => text.split(' ').map((one) => ({ id: one[0], updated_at: `2026-01-01T00:00:0${one[1]}Z` }))
const ids = (sessions) => sessions.map(({ id }) => id).join('')

test('what happened last stands first', () => {
  const order = makeOrder()
  assert.equal(ids(order.of(of('a1 b3 c2'))), 'bca')
  assert.equal(ids(order.of(of('a4 b3 c2'))), 'abc')
})

test('while it is held, nothing moves; what is new comes first, and an older page last', () => {
  const order = makeOrder()
  order.of(of('a4 b5'))
  order.hold(true)
  assert.equal(ids(order.of(of('a6 b5'))), 'ba')
  assert.equal(ids(order.of(of('a6 b5 n7 o1 p2'))), 'nbapo')
  order.hold(false)
  assert.equal(ids(order.of(of('a6 b5 n7 o1 p2'))), 'nabpo')
})
