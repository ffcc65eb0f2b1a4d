// The example of the mock server's README, run as it stands.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

test('the example of the README passes', async (t) => {
  const readme = await readFile(join(ROOT, 'mock/README.md'), 'utf8')
  const [, listing] = /```js\n([^]*?)```/.exec(readme)
  // Within the package, so that it finds that by its name.
  const folder = await mkdtemp(join(ROOT, 'tests/.mock-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'example.test.mjs')
  await writeFile(file, listing)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', file], { env, timeout: 30_000 })
  assert.match(stdout, /# pass 1\n# fail 0/)
})

test('every word of a script stands in the README', async () => {
  const { Mock } = await import('../mock/index.js')
  const { Network } = await import('../mock/network.js')
  const readme = await readFile(join(ROOT, 'mock/README.md'), 'utf8')
  const words = [Mock, Network].flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype)).filter((word) => word !== 'constructor')
  const table = readme.slice(readme.indexOf('## What a script can say'), readme.indexOf('## What it leaves out'))
  const told = new Set([...table.matchAll(/`(\w+)[`(]/g)].map(([, word]) => word))
  assert.deepEqual(words.filter((word) => !told.has(word)), [])
})
