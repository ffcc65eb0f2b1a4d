// The configuration of a bot as one edits it: all texts, settings as JSON. What differs between two, whether settings can be read,
// and what becomes of two edits of the same version. Nothing here asks the server.

import { merge } from './diff.js'

/** @typedef {'name' | 'description' | 'instructions' | 'model' | 'settings'} FieldName */
/** @typedef {Record<FieldName, string>} Draft */
/** @typedef {{ name: string, description?: string | null, instructions?: string | null, model?: string | null, settings?: any }} Configured */
/** @typedef {{ name: FieldName, mine: boolean, theirs: boolean, conflict: boolean, merged: string | null }} Meeting */

/** @type {{ name: FieldName, label: string }[]} */
export const FIELDS = [
  { name: 'name', label: 'Name' },
  { name: 'description', label: 'What it is for' },
  { name: 'instructions', label: 'Instructions' },
  { name: 'model', label: 'Model' },
  { name: 'settings', label: 'Settings' },
]

/** @param {FieldName} name */
export const labelOf = (name) => FIELDS.find((f) => f.name === name)?.label ?? name

export const MOST = { instructions: 64 * 1024, settings: 16 * 1024 }

/** @param {string} text */
export const bytesOf = (text) => new TextEncoder().encode(text).length

/** @param {Configured} bot @returns {Draft} */
export function draftOf({ name, description, instructions, model, settings }) {
  return { name, description: description ?? '', instructions: instructions ?? '', model: model ?? '', settings: JSON.stringify(settings ?? {}, null, 2) }
}

/** @param {FieldName} name @param {string} a @param {string} b */
export function same(name, a, b) {
  if (a === b) return true
  if (name === 'settings') return canonical(a) === canonical(b)
  return (name === 'name' || name === 'model') && a.trim() === b.trim()
}

/** JSON without its spacing and the order of its keys; what is none stays as it is. @param {string} text */
function canonical(text) {
  try {
    return JSON.stringify(sorted(JSON.parse(text)))
  } catch {
    return text
  }
}

/** @param {any} value @returns {any} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
}

/** @param {Draft} a @param {Draft} b @returns {FieldName[]} */
export const changedFields = (a, b) => FIELDS.map((f) => f.name).filter((name) => !same(name, a[name], b[name]))

/** What is sent: the changed fields alone. @param {Draft} draft @param {FieldName[]} fields @returns {Record<string, any>} */
export function bodyOf(draft, fields) {
  /** @type {Record<string, any>} */
  const body = {}
  for (const name of fields) {
    body[name] = name === 'settings' ? JSON.parse(draft.settings || '{}') : name === 'model' ? draft.model.trim() || null : draft[name]
  }
  return body
}

/** What is wrong with the settings as typed, or nothing. @param {string} text @returns {string | undefined} */
export function settingsProblem(text) {
  let value
  try {
    value = JSON.parse(text || '{}')
  } catch (error) {
    return `This is no JSON: ${place(text, /** @type {Error} */ (error).message)}`
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'Settings are an object: { "name": value }.'
  if (bytesOf(JSON.stringify(value)) > MOST.settings) return 'Settings have at most 16 KiB.'
  return undefined
}

/** Browsers tell the position in different words; people count in lines. @param {string} text @param {string} message */
function place(text, message) {
  const position = /position (\d+)/.exec(message)?.[1]
  if (position === undefined) return message
  const before = text.slice(0, Number(position)).split('\n')
  return `look at line ${before.length}, sign ${(before.at(-1)?.length ?? 0) + 1}.`
}

/** Settings that every model server knows, and from where to where they count. What is out of bounds is passed over. @type {Record<string, (value: unknown) => boolean>} */
const KNOWN = {
  temperature: (value) => typeof value === 'number' && value >= 0 && value <= 2,
  top_p: (value) => typeof value === 'number' && value > 0 && value <= 1,
  max_tokens: (value) => Number.isInteger(value) && Number(value) >= 1,
}

/** Known settings that will have no effect. @param {string} text @returns {string[]} */
export function idleSettings(text) {
  if (settingsProblem(text)) return []
  const value = JSON.parse(text || '{}')
  return Object.keys(KNOWN).filter((name) => name in value && !KNOWN[name](value[name]))
}

/**
 * Two edits of the same version, field by field. `merged` is what both make together; null where only a person can say.
 * @param {Draft} base @param {Draft} mine @param {Draft} theirs @returns {Meeting[]}
 */
export function meet(base, mine, theirs) {
  return FIELDS.map(({ name }) => {
    const own = !same(name, base[name], mine[name])
    const other = !same(name, base[name], theirs[name])
    if (!own || !other || same(name, mine[name], theirs[name])) return { name, mine: own, theirs: other, conflict: false, merged: own ? mine[name] : theirs[name] }
    const merged = name === 'instructions' || name === 'description' ? merge(base[name], mine[name], theirs[name]) : null
    return { name, mine: true, theirs: true, conflict: merged === null, merged }
  })
}
