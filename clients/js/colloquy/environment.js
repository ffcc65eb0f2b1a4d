// What the client takes from where it runs: clock, timers, random numbers, network, and the page's signs of life. Everything else
// asks here, so that tests can hand in their own.

/**
 * @typedef {object} Timers
 * @property {(fn: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/**
 * The part of a WebSocket that is used; the browser's and that of `ws` have it.
 * @typedef {object} SocketLike
 * @property {number} readyState
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onerror
 * @property {(text: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 * @property {() => void} [terminate]
 */

/** @typedef {new (url: string, protocols?: string[]) => SocketLike} SocketClass */

/**
 * @typedef {object} Environment
 * @property {() => number} now milliseconds
 * @property {() => number} random
 * @property {Timers} timers
 * @property {typeof globalThis.fetch} fetch
 * @property {SocketClass | null} WebSocket
 * @property {Page} page
 */

/** The page that the client runs in, or what is left of it outside of one. */
export class Page {
  get hidden() {
    return globalThis.document?.visibilityState === 'hidden'
  }

  get frames() {
    return typeof globalThis.requestAnimationFrame === 'function'
  }

  /** Requests that may be kept open: a browser has six connections to one server, for all its tabs, and REST needs some. */
  get spare() {
    return this.frames ? 2 : Infinity
  }

  /**
   * Calls `woken` when the network is back or the page is looked at again, `doubtful` when the network may be gone.
   * @param {() => void} woken
   * @param {() => void} doubtful
   * @returns {() => void}
   */
  watch(woken, doubtful) {
    const { document } = globalThis
    if (typeof globalThis.addEventListener !== 'function' || !document) return () => {}
    const shown = () => {
      if (!this.hidden) woken()
    }
    globalThis.addEventListener('online', woken)
    globalThis.addEventListener('offline', doubtful)
    // A page that comes back from the back-forward cache has lost its sockets.
    globalThis.addEventListener('pageshow', shown)
    document.addEventListener('visibilitychange', shown)
    return () => {
      globalThis.removeEventListener('online', woken)
      globalThis.removeEventListener('offline', doubtful)
      globalThis.removeEventListener('pageshow', shown)
      document.removeEventListener('visibilitychange', shown)
    }
  }
}

/**
 * @param {{now?: () => number, random?: () => number, timers?: Timers, fetch?: typeof globalThis.fetch, WebSocket?: any}} given
 * @returns {Environment}
 */
export function environment(given) {
  const fetch = given.fetch ?? globalThis.fetch
  return {
    now: given.now ?? (() => Date.now()),
    random: given.random ?? Math.random,
    // Called by name at the moment of use: test clocks replace the globals later.
    timers: given.timers ?? {
      setTimeout: (fn, ms) => globalThis.setTimeout(fn, ms),
      clearTimeout: (timer) => globalThis.clearTimeout(timer),
    },
    // The browser's must be called on its window.
    fetch: (input, init) => fetch.call(globalThis, input, init),
    WebSocket: given.WebSocket ?? /** @type {any} */ (globalThis).WebSocket ?? null,
    page: new Page(),
  }
}

/**
 * Waits; an abort ends the wait with the signal's reason.
 * @param {Environment} env
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function sleep({ timers }, ms, signal) {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      timers.clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = timers.setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    if (signal?.aborted) aborted()
    else signal?.addEventListener('abort', aborted, { once: true })
  })
}

/** A random id. `crypto.randomUUID` is missing in pages that were not loaded safely, as from a server in the local network. */
export function uuid() {
  const { crypto } = globalThis
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
