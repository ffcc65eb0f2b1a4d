import type { Environment } from './environment.js';
import type { Rest } from './rest.js';
import type { Tokens } from './tokens.js';
import type { Batch } from './batch.js';
import type { BackoffOptions } from './backoff.js';
import type { HeartbeatOptions } from './heartbeat.js';
import type { SharedSockets } from './tabs/tabs.js';
import type { Api } from './operations.js';
export type TransportName = 'websocket' | 'sse' | 'poll';
export type Settings = {
    transports: readonly TransportName[];
    mode: 'shared' | 'separate';
    backoff: BackoffOptions;
    heartbeat: HeartbeatOptions;
    renewBefore: number;
    /**
     * milliseconds from the first try until the greeting
     */
    connectTimeout: number;
    /**
     * attempts in a row without a greeting
     */
    fallbackAfter: number;
    /**
     * milliseconds
     */
    upgradeAgain: number;
    /**
     * milliseconds
     */
    pollInterval: number;
};
export type Core = {
    env: Environment;
    options: Settings;
    httpBase: string;
    socketBase: string;
    tokens: Tokens;
    rest: Rest;
    api: Api;
    batch: Batch;
    /**
     * what makes a socket that other tabs use as well
     */
    shared: SharedSockets | null;
    /**
     * whether somebody looks at frames
     */
    tapped: boolean;
    tap: (direction: 'in' | 'out', label: string, frame: any, text: string) => void;
    report: (error: unknown, during: string) => void;
    latency: (ms: number) => void;
    signOut: (reason: string) => void;
};
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
export {};
