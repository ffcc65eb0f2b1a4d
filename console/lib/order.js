// The order of conversations, for all who go by it: those in which something happened last first.

/** While it is held, what stands there stays: nothing moves away under the pointer. */
export function makeOrder() {
  /** @type {Map<string, number>} */
  let places = new Map()
  let held = false
  return {
    /** @param {boolean} now */
    hold(now) { held = now },
    /** @template {{ id: string, updated_at: string }} T @param {readonly T[]} sessions */
    of(sessions) {
      const sorted = sessions.toSorted((a, b) => (a.updated_at === b.updated_at ? b.id.localeCompare(a.id) : a.updated_at < b.updated_at ? 1 : -1))
      if (held) {
        // What is new comes first, an older page last.
        const newest = sorted.find(({ id }) => places.has(id))
        const place = (/** @type {T} */ one) => places.get(one.id) ?? (newest && one.updated_at < newest.updated_at ? places.size : -1)
        sorted.sort((a, b) => place(a) - place(b))
      }
      places = new Map(sorted.map(({ id }, place) => [id, place]))
      return sorted
    },
  }
}
