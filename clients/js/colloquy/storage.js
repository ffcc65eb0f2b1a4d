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

/**
 * Keeps unsent messages in the browser, each person's apart. Tabs share the place: each changes only what it knows of. Two tabs
 * may send the same message; its key makes the server take it once.
 * @param {string} [prefix]
 * @returns {OutboxStorage}
 */
export function localStorageOutbox(prefix = 'colloquy.outbox') {
  /** @param {string} user_id */
  const load = (user_id) => {
    const found = parsed(read(`${prefix}.${user_id}`))
    return Array.isArray(found) ? found.filter((one) => typeof one?.key === 'string') : []
  }
  return {
    load,
    save(user_id, sends, gone) {
      const own = new Set([...gone, ...sends.map((send) => send.key)])
      const others = load(user_id).filter((send) => !own.has(send.key))
      const all = [...others, ...sends]
      write(`${prefix}.${user_id}`, all.length > 0 ? JSON.stringify(all) : null)
    },
  }
}
