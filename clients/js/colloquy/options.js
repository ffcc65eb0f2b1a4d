// The options of a client: checked, and completed with their defaults.

import { BACKOFF } from './backoff.js'
import { HEARTBEAT } from './heartbeat.js'

/** @import { BackoffOptions } from './backoff.js' */
/** @import { HeartbeatOptions } from './heartbeat.js' */
/** @import { Settings, TransportName } from './core.js' */
/** @import { Timers } from './environment.js' */
/** @import { OutboxStorage, TokenPair, TokenStorage } from './storage.js' */
/** @import { TokenReason } from './tokens.js' */

/**
 * @typedef {object} Options
 * @property {string} [url] of the server; in a page the page's own
 * @property {TokenPair} [tokens]
 * @property {(asked: {reason: TokenReason}) => Promise<string | null> | string | null} [getToken] an own source of access tokens;
 *   null: signed out
 * @property {TokenStorage} [storage] where the tokens are kept
 * @property {any} [WebSocket] a class like the browser's
 * @property {typeof globalThis.fetch} [fetch]
 * @property {readonly TransportName[]} [transports] in the order in which they are tried
 * @property {'shared' | 'separate'} [mode]
 * @property {Partial<BackoffOptions>} [backoff]
 * @property {Partial<HeartbeatOptions>} [heartbeat]
 * @property {number} [renewBefore]
 * @property {number} [connectTimeout] milliseconds until a connection must have been greeted
 * @property {number} [fallbackAfter] attempts in a row without a greeting until the next transport
 * @property {number} [upgradeAgain] in fall-back, milliseconds until WebSockets are tried again
 * @property {number} [pollInterval] milliseconds between looks at the notifications, without a WebSocket
 * @property {{limit?: number, storage?: OutboxStorage}} [outbox]
 * @property {boolean} [batch]
 * @property {boolean} [shareTabs] tabs of one person use one socket
 * @property {() => number} [random]
 * @property {() => number} [now]
 * @property {Timers} [timers]
 */

/** @type {readonly TransportName[]} */
const TRANSPORTS = ['websocket', 'sse', 'poll']
const KNOWN = new Set([
  'url', 'tokens', 'getToken', 'storage', 'WebSocket', 'fetch', 'transports', 'mode', 'backoff', 'heartbeat', 'renewBefore',
  'connectTimeout', 'fallbackAfter', 'upgradeAgain', 'pollInterval', 'outbox', 'batch', 'shareTabs', 'random', 'now', 'timers',
])

/** @param {Options} options */
export function settingsOf(options) {
  for (const name of Object.keys(options)) if (!KNOWN.has(name)) throw new TypeError(`there is no option ${name}`)
  if (options.tokens && options.getToken) throw new TypeError('either tokens or getToken, not both')
  const { mode = 'shared' } = options
  if (mode !== 'shared' && mode !== 'separate') throw new TypeError('mode is shared or separate')
  const { transports, warning } = transportsOf(options)
  const { renewBefore = 60_000, connectTimeout = 10_000, fallbackAfter = 3, upgradeAgain = 60_000, pollInterval = 15_000 } = options
  const numbers = { renewBefore, connectTimeout, fallbackAfter, upgradeAgain, pollInterval }
  const backoff = { ...BACKOFF, ...options.backoff }
  const heartbeat = { ...HEARTBEAT, ...options.heartbeat }
  for (const [name, value] of Object.entries({ ...numbers, ...backoff, ...heartbeat })) {
    if (typeof value !== 'number' || !(value >= 0)) throw new TypeError(`${name} must be a number from 0`)
  }
  /** @type {Settings} */
  const settings = { transports, mode, backoff, heartbeat, ...numbers }
  return {
    settings,
    base: baseOf(options.url),
    outbox: { limit: options.outbox?.limit ?? 200, storage: options.outbox?.storage },
    batch: options.batch,
    warning,
  }
}

/** @param {Options} options */
function transportsOf({ transports = TRANSPORTS, WebSocket }) {
  const unknown = transports.find((name) => !TRANSPORTS.includes(name))
  if (unknown !== undefined || transports.length === 0) throw new TypeError(`transports are some of ${TRANSPORTS.join(', ')}`)
  if (WebSocket ?? /** @type {any} */ (globalThis).WebSocket) return { transports }
  const left = transports.filter((name) => name !== 'websocket')
  const hint = "there is no WebSocket here: pass one, as in `import WebSocket from 'ws'; new Colloquy({ WebSocket })`"
  if (left.length === 0) throw new TypeError(hint)
  const warning = left.length < transports.length ? `${hint}. Until then events come by ${left[0]}` : undefined
  return { transports: left, warning }
}

/** @param {string | undefined} given */
function baseOf(given) {
  const text = given ?? globalThis.location?.origin
  if (!text || text === 'null') throw new TypeError("url is needed, as in { url: 'http://localhost:8000' }")
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('url must begin with http:// or https://')
  if (url.username || url.password) throw new TypeError('url must not hold a password')
  return (url.origin + url.pathname).replace(/\/+$/, '')
}
