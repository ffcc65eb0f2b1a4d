// The REST calls of openapi.yaml as a table that `rest.js` works from, and the type of `colloquy.api`.
import { REFS, shape } from './typedefs.mjs'

const METHODS = ['get', 'put', 'post', 'delete', 'patch']

/** @param {any} openapi */
export function operationsModule(openapi) {
  const rows = []
  const types = []
  for (const [path, item] of Object.entries(openapi.paths)) {
    for (const method of METHODS) {
      const operation = /** @type {any} */ (item)[method]
      if (!operation) continue
      const one = describe(openapi, path, method, operation)
      rows.push(`  ${one.name}: ${one.row},`)
      types.push(` * @property {${one.type}} ${one.name} ${one.told}`)
    }
  }
  return [
    '// Every REST call, as openapi.yaml has it. Written by scripts/generate.mjs: not to be edited.',
    '// `key`: takes an Idempotency-Key; `anonymous`: needs no log-in; `answer`: what it resolves to, where that is not JSON.',
    '',
    `/** @import * as schema from './schema.js' */`,
    `/** @import { CallOptions } from './rest.js' */`,
    '',
    '/**',
    ' * @typedef {object} Operation',
    ' * @property {string} method',
    ' * @property {string} path',
    ' * @property {readonly string[]} [query]',
    ` * @property {'json' | 'form'} [body]`,
    ` * @property {'nothing' | 'response'} [answer]`,
    ' * @property {boolean} [key]',
    ' * @property {boolean} [anonymous]',
    ' */',
    '',
    '/** @type {Readonly<Record<string, Operation>>} */',
    'export const operations = {',
    ...rows,
    '}',
    '',
    '/**',
    ' * @typedef {object} Api',
    ...types,
    ' */',
    '',
  ].join('\n')
}

/**
 * @param {any} openapi
 * @param {string} path
 * @param {string} method
 * @param {any} operation
 */
function describe(openapi, path, method, operation) {
  const name = operation.operationId
  if (!name) throw new Error(`${method} ${path} has no operationId`)
  const parameters = [...(operation.parameters ?? [])]
  const query = parameters.filter((one) => one.in === 'query').map((one) => one.name)
  const content = operation.requestBody?.content
  const body = content?.['application/json'] ? 'json' : content?.['multipart/form-data'] ? 'form' : undefined
  if (content && !body) throw new Error(`${name} takes a body of an unknown kind`)
  const answer = answerOf(operation)
  const row = {
    method: method.toUpperCase(),
    path,
    ...(query.length > 0 && { query }),
    ...(body && { body }),
    ...(answer.kind && { answer: answer.kind }),
    ...(parameters.some((one) => one.in === 'header' && one.name === 'Idempotency-Key') && { key: true }),
    ...((operation.security ?? []).some((/** @type {object} */ one) => Object.keys(one).length === 0) && { anonymous: true }),
  }
  const args = argumentsOf(openapi, name, parameters, content, body)
  const types = [...(args.fields.length > 0 ? [`{${args.fields.join(', ')}}`] : []), ...args.more]
  const given = types.length > 0 ? `args${args.required ? '' : '?'}: ${types.join(' & ')}, ` : 'args?: {} | null, '
  return {
    name,
    row: literal(row),
    type: `(${given}options?: CallOptions) => Promise<${answer.type}>`,
    told: (operation.summary ?? '').replace(/\s+/g, ' '),
  }
}

/** @param {any} operation */
function answerOf(operation) {
  const [, success] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? []
  const content = success?.content ?? {}
  const kinds = Object.keys(content)
  if (kinds.length === 0) return { kind: 'nothing', type: 'void' }
  if (kinds.length > 1 || kinds[0] !== 'application/json') return { kind: 'response', type: 'Response' }
  return { kind: undefined, type: qualified(content['application/json'].schema ?? {}) }
}

/**
 * @param {any} openapi
 * @param {string} name
 * @param {any[]} parameters
 * @param {any} content
 * @param {'json' | 'form' | undefined} body
 */
function argumentsOf(openapi, name, parameters, content, body) {
  const asked = parameters.filter((one) => one.in === 'path' || one.in === 'query')
  const fields = asked.map((one) => {
    // The document calls them all strings; a number is as good where it is none of an id.
    const type = one.name.endsWith('id') ? 'string' : one.in === 'path' ? 'string | number' : 'string | number | boolean'
    return one.required ? `${one.name}: ${type}` : `${one.name}?: ${type} | null`
  })
  let required = asked.some((one) => one.required)
  if (body === 'form') {
    fields.push('file: Blob', 'filename?: string')
    required = true
  }
  const more = []
  if (body === 'json') {
    const { schema } = content['application/json']
    const target = schema.$ref ? openapi.components.schemas[schema.$ref.slice(REFS.length)] : schema
    for (const field of Object.keys(target.properties ?? {})) {
      if (asked.some((one) => one.name === field)) throw new Error(`${name}: ${field} is in the body and outside of it`)
    }
    required ||= (target.required ?? []).length > 0
    more.push(qualified(schema))
  }
  return { fields, more, required }
}

/** @param {any} schema */
function qualified(schema) {
  return shape(schema, true, '').replace(/^([A-Z]\w*)$/, 'schema.$1')
}

/** @param {Record<string, unknown>} row */
function literal(row) {
  const fields = Object.entries(row).map(([key, value]) => {
    const list = Array.isArray(value) ? `[${value.map((one) => `'${one}'`).join(', ')}]` : undefined
    return `${key}: ${list ?? (typeof value === 'string' ? `'${value}'` : value)}`
  })
  return `{ ${fields.join(', ')} }`
}
