import { World } from './world.js';
export type Happened = import('./types.js').Happened;
export type MockOptions = import('./types.js').MockOptions;
export type MockPerson = import('./types.js').MockPerson;
/** @typedef {import('./types.js').Happened} Happened */
/** @typedef {import('./types.js').MockOptions} MockOptions */
/** @typedef {import('./types.js').MockPerson} MockPerson */
export declare class Network {
    #private;
    /** Where it says it is. */
    url: string;
    /** @type {typeof globalThis.fetch} */
    fetch: typeof globalThis.fetch;
    /** A class of sockets. @type {any} */
    WebSocket: any;
    /** @param {MockOptions} [options] */
    constructor(options?: MockOptions);
    /** Everything inside, for what the script has no word for. */
    get world(): World;
    /** What happened, oldest first: requests, sockets, frames. @returns {readonly Happened[]} */
    get history(): readonly Happened[];
    /** The requests of it. @returns {Array<Extract<Happened, {kind: 'request'}>>} */
    get requests(): Array<Extract<Happened, {
        kind: 'request';
    }>>;
    /** Sockets that are open. */
    get sockets(): number;
    /** Every connection breaks, as by a cable that is pulled; new ones work. */
    drop(): void;
    /** The network goes away: what is open breaks, what is tried fails. */
    offline(): void;
    /** The network is back, and sockets are heard again. */
    online(): void;
    /** Half-open: sockets stay open and nothing passes any more. */
    silence(): void;
    /** As behind a proxy that knows no WebSockets: none can be opened; those that are open break. */
    blockSockets(): void;
    /**
     * The server closes sockets with a code, all or those of one person.
     * @param {number} code
     * @param {{person?: {id: string}}} [whose]
     */
    close(code: number, { person }?: {
        person?: {
            id: string;
        };
    }): void;
    /**
     * The next requests that match are refused.
     * @param {{method?: string, path?: string | RegExp, status?: number, code?: string, detail?: string, times?: number, retry_after?: number}} [what]
     */
    fail({ method, path, status, code, detail, times, retry_after }?: {
        method?: string;
        path?: string | RegExp;
        status?: number;
        code?: string;
        detail?: string;
        times?: number;
        retry_after?: number;
    }): void;
    /**
     * A route of the test's own, before all others; `path` is below /api, with `{names}` in it.
     * @param {string} method
     * @param {string} path
     * @param {(call: import('./routes.js').Call) => import('./routes.js').Answer | Promise<import('./routes.js').Answer>} run
     */
    route(method: string, path: string, run: (call: import('./routes.js').Call) => import('./routes.js').Answer | Promise<import('./routes.js').Answer>): void;
    /** A person's access tokens reach their end now: 4001, 401; refreshing works. @param {{id: string}} person */
    expireTokens({ id }: {
        id: string;
    }): void;
    /** A person is logged out everywhere: 4001, and refreshing is refused. @param {{id: string}} person */
    logOut({ id }: {
        id: string;
    }): void;
    /**
     * Retention: events of a bot up to this number (all, if none is named) are no longer kept, so that a replay from before
     * is answered with `complete: false`.
     * @param {string | {id: string}} bot
     * @param {number} [seq]
     */
    forget(bot: string | {
        id: string;
    }, seq?: number): void;
    /** As after a restore from a backup: sockets are told 1001, and no `since` of before is replayed. */
    newEpoch(): void;
    /**
     * On a real port; Node only, with the package `ws`.
     * @param {{port?: number, host?: string}} [where]
     */
    listen(where?: {
        port?: number;
        host?: string;
    }): Promise<{
        url: string;
        port: number;
        close(): Promise<void>;
    }>;
    /** Sockets are told 1001, timers end, ports are closed. */
    stop(): Promise<void>;
}
