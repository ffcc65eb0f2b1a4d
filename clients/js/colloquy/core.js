// What the parts of one client share: where the server is, settings, log-in, REST, and whom to tell. Types only; `colloquy.js`
// makes it.

/** @import { Environment } from './environment.js' */
/** @import { Rest } from './rest.js' */
/** @import { Tokens } from './tokens.js' */
/** @import { Batch } from './batch.js' */
/** @import { BackoffOptions } from './backoff.js' */
/** @import { HeartbeatOptions } from './heartbeat.js' */
/** @import { SharedSockets } from './tabs/tabs.js' */
/** @import { Api } from './operations.js' */

/** @typedef {'websocket' | 'sse' | 'poll'} TransportName */

/**
 * @typedef {object} Settings
 * @property {readonly TransportName[]} transports
 * @property {'shared' | 'separate'} mode
 * @property {BackoffOptions} backoff
 * @property {HeartbeatOptions} heartbeat
 * @property {number} renewBefore
 * @property {number} connectTimeout milliseconds from the first try until the greeting
 * @property {number} fallbackAfter attempts in a row without a greeting
 * @property {number} upgradeAgain milliseconds
 * @property {number} pollInterval milliseconds
 */

/**
 * @typedef {object} Core
 * @property {Environment} env
 * @property {Settings} options
 * @property {string} httpBase
 * @property {string} socketBase
 * @property {Tokens} tokens
 * @property {Rest} rest
 * @property {Api} api
 * @property {Batch} batch
 * @property {SharedSockets | null} shared what makes a socket that other tabs use as well
 * @property {boolean} tapped whether somebody looks at frames
 * @property {(direction: 'in' | 'out', label: string, frame: any, text: string) => void} tap
 * @property {(error: unknown, during: string) => void} report
 * @property {(ms: number) => void} latency
 * @property {(reason: string) => void} signOut
 */

export {}
