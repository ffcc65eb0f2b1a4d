// Writes what the client knows of the contracts: `colloquy/operations.js` (every REST call) and `colloquy/schema.js` (the shapes
// of REST) from openapi.yaml, `colloquy/frames.js` (the shapes of frames) from asyncapi.yaml. With `--check` nothing is written:
// it fails when a file is not what would be written.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'
import { operationsModule } from './operations.mjs'
import { typedefs } from './typedefs.mjs'

const root = new URL('../../../', import.meta.url)
const target = new URL('../colloquy/', import.meta.url)
const read = (name) => parse(readFileSync(new URL(name, root), 'utf8'))

const openapi = read('openapi.yaml')
const files = {
  'operations.js': operationsModule(openapi),
  'schema.js': typedefs(openapi.components.schemas, {
    opening: [
      '// The shapes of REST, as openapi.yaml has them. Written by scripts/generate.mjs: not to be edited. Types only.',
      '// What a schema does not require may be absent or null.',
    ],
    nullable: true,
  }),
}
if (existsSync(new URL('asyncapi.yaml', root))) {
  files['frames.js'] = typedefs(read('asyncapi.yaml').components.schemas, {
    opening: [
      '// The shapes of frames, as asyncapi.yaml has them. Written by scripts/generate.mjs: not to be edited. Types only.',
    ],
    nullable: false,
  })
}

const check = process.argv.includes('--check')
let stale = 0
for (const [name, text] of Object.entries(files)) {
  const url = new URL(name, target)
  const present = existsSync(url) ? readFileSync(url, 'utf8') : null
  if (present === text) continue
  if (check) {
    stale += 1
    console.error(`colloquy/${name} is not what its contract says: run \`npm run generate\``)
  } else {
    writeFileSync(url, text)
    console.log(`wrote colloquy/${name}`)
  }
}
process.exitCode = stale > 0 ? 1 : 0
