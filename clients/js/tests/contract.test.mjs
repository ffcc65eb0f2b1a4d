// What is generated is what it would be today: calls and shapes from the contracts, declarations from the source. And the source
// holds its types.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (file, ...args) => execFileSync(process.execPath, [join(root, file), ...args], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

test('calls and shapes are those of openapi.yaml and asyncapi.yaml', () => {
  assert.equal(run('scripts/generate.mjs', '--check'), '')
})

test('the source holds its types, and the declarations are those of the source', () => {
  const out = mkdtempSync(join(tmpdir(), 'colloquy-types-'))
  try {
    assert.equal(run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', out), '')
    assert.deepEqual(files(join(root, 'types')), files(out), 'run `npm run types`')
  } finally {
    rmSync(out, { recursive: true })
  }
})

test('the package can be used from TypeScript, with its mistakes told', () => {
  assert.equal(run('node_modules/typescript/bin/tsc', '-p', 'tests/tsconfig.json'), '')
})

/** All texts below a folder by their paths. */
function files(folder, prefix = '') {
  const found = {}
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) Object.assign(found, files(path, `${prefix}${name}/`))
    else found[prefix + name] = readFileSync(path, 'utf8')
  }
  return found
}
