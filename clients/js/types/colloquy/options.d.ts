import type { BackoffOptions } from './backoff.js';
import type { HeartbeatOptions } from './heartbeat.js';
import type { Settings, TransportName } from './core.js';
import type { Timers } from './environment.js';
import type { OutboxStorage, TokenPair, TokenStorage } from './storage.js';
import type { TokenReason } from './tokens.js';
export type Options = {
    /**
     * of the server; in a page the page's own
     */
    url?: string;
    tokens?: TokenPair;
    /**
     * an own source of access tokens;
     * null: signed out
     */
    getToken?: (asked: {
        reason: TokenReason;
    }) => Promise<string | null> | string | null;
    /**
     * where the tokens are kept
     */
    storage?: TokenStorage;
    /**
     * a class like the browser's
     */
    WebSocket?: any;
    fetch?: typeof globalThis.fetch;
    /**
     * in the order in which they are tried
     */
    transports?: readonly TransportName[];
    mode?: 'shared' | 'separate';
    backoff?: Partial<BackoffOptions>;
    heartbeat?: Partial<HeartbeatOptions>;
    renewBefore?: number;
    /**
     * milliseconds until a connection must have been greeted
     */
    connectTimeout?: number;
    /**
     * attempts in a row without a greeting until the next transport
     */
    fallbackAfter?: number;
    /**
     * in fall-back, milliseconds until WebSockets are tried again
     */
    upgradeAgain?: number;
    /**
     * milliseconds between looks at the notifications, without a WebSocket
     */
    pollInterval?: number;
    outbox?: {
        limit?: number;
        storage?: OutboxStorage;
    };
    batch?: boolean;
    /**
     * tabs of one person use one socket
     */
    shareTabs?: boolean;
    random?: () => number;
    now?: () => number;
    timers?: Timers;
};
/** @param {Options} options */
export declare function settingsOf(options: Options): {
    settings: Settings;
    base: string;
    outbox: {
        limit: number;
        storage: OutboxStorage | undefined;
    };
    batch: boolean | undefined;
    warning: string | undefined;
};
