// Reads an AsyncAPI document with the public parser and tells what it finds: errors end with 1, everything else is only shown.
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'

const NAMES = ['error', 'warning', 'information', 'hint']
const file = process.argv[2]
const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'), { source: file })
for (const { severity, code, message, path, range } of diagnostics) {
  console.log(`${file}:${range.start.line + 1}: ${NAMES[severity]}: ${message} (${code}, at ${path.join('.') || 'the top'})`)
}
const errors = diagnostics.filter(({ severity }) => severity === 0).length
if (errors || !document) {
  console.error(`${file}: ${errors} errors`)
  process.exit(1)
}
const operations = document.operations().all().length
console.log(`${file}: AsyncAPI ${document.version()}, ${document.channels().all().length} channels, ${operations} operations, no errors`)
