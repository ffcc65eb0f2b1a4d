// From JSON Schemas (as OpenAPI 3.0 and AsyncAPI 3 hold them) to JSDoc types. What this cannot express it refuses, so that no
// shape silently becomes `any`; only an empty schema is that.

export const REFS = '#/components/schemas/'

/**
 * @param {Record<string, any>} schemas
 * @param {{opening: string[], nullable: boolean}} how `nullable`: what is not required may also be null
 */
export function typedefs(schemas, { opening, nullable }) {
  const lines = [...opening, '']
  for (const [name, schema] of Object.entries(schemas)) {
    const type = shape(schema, nullable, '')
    const told = sentence(schema.description)
    lines.push(`/** @typedef {${type}} ${typeName(name)}${told ? ` ${told}` : ''} */`, '')
  }
  lines.push('export {}', '')
  return lines.join('\n')
}

/** @param {string} name */
export const typeName = (name) => name.replace(/[^A-Za-z0-9_]/g, '_')

/** @param {string | undefined} text */
const sentence = (text) => (text ?? '').replace(/\s+/g, ' ').replaceAll('*/', '* /').replaceAll('@', '').trim()

/**
 * @param {any} schema
 * @param {boolean} nullable
 * @param {string} indent
 * @returns {string}
 */
export function shape(schema, nullable, indent) {
  if (schema === true) return 'any'
  if (schema.$ref) {
    if (!schema.$ref.startsWith(REFS)) throw new Error(`a reference to elsewhere: ${schema.$ref}`)
    return typeName(schema.$ref.slice(REFS.length))
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(' | ')
  const union = schema.oneOf ?? schema.anyOf
  // Alternatives that only narrow what stands beside them (required, not …) say nothing about the shape.
  if (union && !schema.properties) return union.map((/** @type {any} */ one) => wrap(shape(one, nullable, indent))).join(' | ')
  if (schema.allOf) {
    const parts = schema.allOf.filter((/** @type {any} */ part) => Object.keys(part).some((key) => key !== 'description'))
    const own = schema.properties ? [record(schema, nullable, indent)] : []
    return [...parts.map((/** @type {any} */ part) => wrap(shape(part, nullable, indent))), ...own].join(' & ')
  }
  if (Array.isArray(schema.type)) {
    return schema.type.map((/** @type {string} */ type) => wrap(shape({ ...schema, type }, nullable, indent))).join(' | ')
  }
  switch (schema.type) {
    case 'string':
      return schema.format === 'binary' ? 'Blob' : 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
    case 'null':
      return schema.type
    case 'array':
      return `Array<${schema.items ? shape(schema.items, nullable, indent) : 'any'}>`
    case 'object':
      return record(schema, nullable, indent)
    case undefined:
      return schema.properties ? record(schema, nullable, indent) : 'any'
    default:
      throw new Error(`an unknown type: ${schema.type}`)
  }
}

/** @param {string} type */
const wrap = (type) => (type.includes(' | ') || type.includes(' & ') ? `(${type})` : type)

/**
 * @param {any} schema
 * @param {boolean} nullable
 * @param {string} indent
 */
function record(schema, nullable, indent) {
  const { properties = {}, required = [], additionalProperties } = schema
  const names = Object.keys(properties)
  const other = additionalProperties && additionalProperties !== true ? shape(additionalProperties, nullable, indent) : 'any'
  if (names.length === 0) return `Record<string, ${other}>`
  const inner = `${indent}  `
  const fields = names.map((name) => {
    const type = shape(properties[name], nullable, inner)
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)
    if (required.includes(name)) return `${inner}${key}: ${type}`
    return `${inner}${key}?: ${!nullable || type === 'any' || type.endsWith('null') ? type : `${type} | null`}`
  })
  return `{\n${fields.join(',\n')}\n${indent}}`
}
