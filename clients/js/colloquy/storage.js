// Where tokens and unsent messages outlive the page. A browser may refuse its storage (private windows, full disks): then
// everything goes on for as long as the page is open, without it.

/** @typedef {{access_token: string, refresh_token?: string | null}} TokenPair */

/**
 * @typedef {object} TokenStorage
 * @property {() => TokenPair | null} get
 * @property {(pair: TokenPair | null) => void} set
 * @property {(changed: () => void) => () => void} [watch] calls when somebody else has changed it
 * @property {string} [name] of the lock that those who share it take
 */

/**
 * A message that waits, as it is kept.
 * @typedef {object} KeptSend
 * @property {string} key
 * @property {string} session_id
 * @property {string} content
 * @property {boolean} [reply]
 * @property {string[]} [mentions]
 * @property {string} [bot_id]
 * @property {number} at when it was written, in milliseconds
 * @property {boolean} [tried] it may have arrived already
 * @property {number} [triedAt] since when
 * @property {{code: string, detail: string, status: number}} [failed] it goes only when it is asked for
 */

/**
 * @typedef {object} OutboxStorage
 * @property {(user_id: string) => KeptSend[]} load
 * @property {(user_id: string, sends: KeptSend[], gone: string[]) => void} save `gone`: keys of those that have left
 * @property {(user_id: string, key: string) => void} [takeBack] who shares the place is not to send it any more
 * @property {(user_id: string) => string[]} [takenBack] keys
 * @property {(user_id: string, key: string) => void} [sendAgain] under a key that may have been taken back
 */

/** @returns {Storage | null} */
function local() {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

/** @param {string} key */
function read(key) {
  try {
    return local()?.getItem(key) ?? null
  } catch {
    return null
  }
}

/**
 * @param {string} key
 * @param {string | null} text
 * @returns {boolean} false: full or forbidden
 */
function write(key, text) {
  try {
    const storage = local()
    if (text === null) storage?.removeItem(key)
    else storage?.setItem(key, text)
    return storage !== null
  } catch {
    return false
  }
}

/** @param {string | null} text */
function parsed(text) {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * Keeps the log-in in the browser; all tabs of the origin share it.
 * @param {string} [key]
 * @returns {TokenStorage}
 */
export function localStorageTokens(key = 'colloquy.tokens') {
  /** What stands there; until that changes, the pair holds, also one that could not be kept. @type {string | null} */
  let text = null
  /** @type {TokenPair | null} */
  let pair = null
  return {
    name: key,
    get() {
      const now = read(key)
      if (now !== text) {
        text = now
        const found = parsed(now)
        pair = typeof found?.access_token === 'string' ? found : null
      }
      return pair
    },
    set(next) {
      const wanted = next === null ? null : JSON.stringify(next)
      pair = next
      text = write(key, wanted) ? wanted : read(key)
    },
    watch(changed) {
      const heard = (/** @type {StorageEvent} */ event) => {
        if (event.key === key || event.key === null) changed()
      }
      globalThis.addEventListener?.('storage', heard)
      return () => globalThis.removeEventListener?.('storage', heard)
    },
  }
}

/** Keys of messages that were taken back, as many as are remembered: tabs may sleep for long. */
const TAKEN_BACK = 500

/**
 * Keeps unsent messages in the browser, each person's apart. Tabs share the place: each changes only what it knows of. Two tabs
 * may send the same message; its key makes the server take it once.
 * @param {string} [prefix]
 * @returns {OutboxStorage}
 */
export function localStorageOutbox(prefix = 'colloquy.outbox') {
  const place = (/** @type {string} */ user_id) => `${prefix}.${user_id}`
  const placeOfTaken = (/** @type {string} */ user_id) => `${place(user_id)}.taken_back`
  /** @param {string} user_id @returns {string[]} */
  const takenBack = (user_id) => {
    const found = parsed(read(placeOfTaken(user_id)))
    return Array.isArray(found) ? found : []
  }
  /** @param {string} user_id */
  const load = (user_id) => {
    const found = parsed(read(place(user_id)))
    return Array.isArray(found) ? found.filter((one) => typeof one?.key === 'string') : []
  }
  return {
    load,
    save(user_id, sends, gone) {
      const own = new Set([...gone, ...sends.map((send) => send.key)])
      const others = load(user_id).filter((send) => !own.has(send.key))
      const taken = new Set(takenBack(user_id))
      const all = [...others, ...sends].filter((send) => !taken.has(send.key))
      write(place(user_id), all.length > 0 ? JSON.stringify(all) : null)
    },
    takeBack(user_id, key) {
      write(placeOfTaken(user_id), JSON.stringify([...takenBack(user_id), key].slice(-TAKEN_BACK)))
    },
    takenBack,
    sendAgain(user_id, key) {
      const taken = takenBack(user_id)
      if (taken.includes(key)) write(placeOfTaken(user_id), JSON.stringify(taken.filter((one) => one !== key)))
    },
  }
}
