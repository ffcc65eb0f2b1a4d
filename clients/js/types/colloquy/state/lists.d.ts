/**
 * `fresh`, with every part that is equal to the one in `old` taken from `old`.
 * @template T
 * @param {unknown} old
 * @param {T} fresh
 * @returns {T}
 */
export declare function share<T>(old: unknown, fresh: T): T;
/**
 * @template {Record<string, any>} T
 * @param {T} object
 * @param {Partial<T>} change
 * @returns {T}
 */
export declare function patch<T extends Record<string, any>>(object: T, change: Partial<T>): T;
/**
 * One entry of a map by name; undefined takes it out.
 * @template V
 * @param {Readonly<Record<string, V>>} map
 * @param {string} name
 * @param {V | undefined} value
 * @returns {Readonly<Record<string, V>>}
 */
export declare function put<V>(map: Readonly<Record<string, V>>, name: string, value: V | undefined): Readonly<Record<string, V>>;
/**
 * @template V
 * @param {readonly V[]} rows
 * @param {number} at
 * @param {V} value
 * @returns {readonly V[]}
 */
export declare function replaceAt<V>(rows: readonly V[], at: number, value: V): readonly V[];
/**
 * @template V
 * @param {readonly V[]} rows
 * @param {(row: V) => boolean} keep
 * @returns {readonly V[]}
 */
export declare function only<V>(rows: readonly V[], keep: (row: V) => boolean): readonly V[];
/**
 * The row replaced where `id` finds it, or put in where the order of the ids wants it.
 * @template V
 * @param {readonly V[]} rows
 * @param {V} row
 * @param {(row: V) => string} id
 * @param {'rising' | 'falling'} order
 * @returns {readonly V[]}
 */
export declare function upsert<V>(rows: readonly V[], row: V, id: (row: V) => string, order: 'rising' | 'falling'): readonly V[];
/**
 * @template V
 * @param {ReadonlySet<V>} set
 * @param {V} value
 * @returns {ReadonlySet<V>}
 */
export declare function including<V>(set: ReadonlySet<V>, value: V): ReadonlySet<V>;
/**
 * @template V
 * @param {ReadonlySet<V>} set
 * @param {V} value
 * @returns {ReadonlySet<V>}
 */
export declare function without<V>(set: ReadonlySet<V>, value: V): ReadonlySet<V>;
