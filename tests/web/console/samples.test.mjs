// What the overview of the administration makes of the figures it is told.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'

import { SPAN, addSample, allSamples, ceiling, forgetSamples, series } from '../../../console/lib/samples.js'

beforeEach(forgetSamples)

test('counts since the start become so many a second', () => {
  addSample(0, { people: 1 }, { dropped: 100 })
  addSample(2000, { people: 2 }, { dropped: 110 })
  assert.deepEqual(series('dropped').map((one) => one.value), [0, 5])
  assert.deepEqual(series('people').map((one) => one.value), [1, 2])
})

test('a server that was started again has no negative rate', () => {
  addSample(0, {}, { dropped: 100 })
  addSample(1000, {}, { dropped: 3 })
  assert.equal(series('dropped')[1].value, 3)
})

test('after a pause the rate is not made up', () => {
  addSample(0, {}, { dropped: 0 })
  addSample(60_000, {}, { dropped: 6000 })
  assert.equal(series('dropped')[1].value, 0)
})

test('what is older than the plot is dropped', () => {
  addSample(0, { people: 1 }, {})
  addSample(SPAN, { people: 2 }, {})
  addSample(SPAN + 1, { people: 3 }, {})
  assert.deepEqual(allSamples().map((one) => one.figures.people), [2, 3])
})

test('an axis ends at a round number at or above the highest value', () => {
  for (const [highest, top] of [[0, 4], [3, 4], [5, 5], [7, 10], [11, 20], [21, 40], [45, 50], [99, 100], [100, 100], [101, 200], [1234, 2000]]) {
    assert.equal(ceiling(highest), top, String(highest))
  }
})
