// Small functions on values that are never changed in place: each gives its argument back when nothing is different, so
// that "the same object" means "nothing changed here". Nothing in this file knows what the values are about.

/**
 * `fresh`, with every part that is equal to the one in `old` taken from `old`.
 * @template T
 * @param {unknown} old
 * @param {T} fresh
 * @returns {T}
 */
export function share(old, fresh) {
  if (old === fresh || typeof old !== 'object' || typeof fresh !== 'object' || !old || !fresh) return fresh
  if (Array.isArray(fresh)) return Array.isArray(old) ? /** @type {any} */ (shareArray(old, fresh)) : fresh
  if (Array.isArray(old) || !isPlain(old) || !isPlain(fresh)) return fresh
  const before = /** @type {Record<string, unknown>} */ (old)
  const after = /** @type {Record<string, unknown>} */ (fresh)
  const names = Object.keys(after)
  let same = Object.keys(before).length === names.length
  /** @type {Record<string, unknown>} */
  const shared = {}
  for (const name of names) {
    shared[name] = share(before[name], after[name])
    if (shared[name] !== before[name] || !(name in before)) same = false
  }
  return /** @type {T} */ (same ? old : shared)
}

/** @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/**
 * Rows with an id are compared with the row of that id, wherever it stood; others by their place.
 * @param {readonly any[]} old
 * @param {readonly any[]} fresh
 */
function shareArray(old, fresh) {
  /** @type {Map<unknown, any>} */
  const rows = new Map()
  for (const row of old) {
    const id = identity(row)
    if (id !== undefined) rows.set(id, row)
  }
  let same = old.length === fresh.length
  const shared = fresh.map((row, at) => {
    const id = identity(row)
    const kept = share(id === undefined ? old[at] : rows.get(id), row)
    if (kept !== old[at]) same = false
    return kept
  })
  return same ? old : shared
}

/** @param {any} row */
function identity(row) {
  return row?.id ?? row?.user_id ?? row?.key
}

/**
 * @template {Record<string, any>} T
 * @param {T} object
 * @param {Partial<T>} change
 * @returns {T}
 */
export function patch(object, change) {
  for (const name in change) {
    if (object[name] !== change[name]) return { ...object, ...change }
  }
  return object
}

/**
 * One entry of a map by name; undefined takes it out.
 * @template V
 * @param {Readonly<Record<string, V>>} map
 * @param {string} name
 * @param {V | undefined} value
 * @returns {Readonly<Record<string, V>>}
 */
export function put(map, name, value) {
  if (value === undefined) {
    if (!(name in map)) return map
    const { [name]: _gone, ...rest } = map
    return rest
  }
  return map[name] === value ? map : { ...map, [name]: value }
}

/**
 * @template V
 * @param {readonly V[]} rows
 * @param {number} at
 * @param {V} value
 * @returns {readonly V[]}
 */
export function replaceAt(rows, at, value) {
  if (rows[at] === value) return rows
  const copy = rows.slice()
  copy[at] = value
  return copy
}

/**
 * @template V
 * @param {readonly V[]} rows
 * @param {(row: V) => boolean} keep
 * @returns {readonly V[]}
 */
export function only(rows, keep) {
  return rows.every(keep) ? rows : rows.filter(keep)
}

/**
 * The row replaced where `id` finds it, or put in where the order of the ids wants it.
 * @template V
 * @param {readonly V[]} rows
 * @param {V} row
 * @param {(row: V) => string} id
 * @param {'rising' | 'falling'} order
 * @returns {readonly V[]}
 */
export function upsert(rows, row, id, order) {
  const wanted = id(row)
  const known = rows.findIndex((other) => id(other) === wanted)
  if (known >= 0) return replaceAt(rows, known, row)
  const later = rows.findIndex((other) => (order === 'rising' ? id(other) > wanted : id(other) < wanted))
  return later < 0 ? [...rows, row] : [...rows.slice(0, later), row, ...rows.slice(later)]
}

/**
 * @template V
 * @param {ReadonlySet<V>} set
 * @param {V} value
 * @returns {ReadonlySet<V>}
 */
export function including(set, value) {
  return set.has(value) ? set : new Set(set).add(value)
}

/**
 * @template V
 * @param {ReadonlySet<V>} set
 * @param {V} value
 * @returns {ReadonlySet<V>}
 */
export function without(set, value) {
  if (!set.has(value)) return set
  const copy = new Set(set)
  copy.delete(value)
  return copy
}
