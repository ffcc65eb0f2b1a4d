export type Timers = {
    setTimeout: (fn: () => void, ms: number) => any;
    clearTimeout: (timer: any) => void;
};
export type SocketLike = {
    readyState: number;
    onopen: ((event: any) => void) | null;
    onmessage: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
    onerror: ((event: any) => void) | null;
    send: (text: string) => void;
    close: (code?: number, reason?: string) => void;
    terminate?: () => void;
};
export type SocketClass = new (url: string, protocols?: string[]) => SocketLike;
export type Environment = {
    /**
     * milliseconds
     */
    now: () => number;
    random: () => number;
    timers: Timers;
    fetch: typeof globalThis.fetch;
    WebSocket: SocketClass | null;
    page: Page;
};
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
export declare class Page {
    get hidden(): boolean;
    get frames(): boolean;
    /** Requests that may be kept open: a browser has six connections to one server, for all its tabs, and REST needs some. */
    get spare(): number;
    /**
     * Calls `woken` when the network is back or the page is looked at again, `doubtful` when the network may be gone.
     * @param {() => void} woken
     * @param {() => void} doubtful
     * @returns {() => void}
     */
    watch(woken: () => void, doubtful: () => void): () => void;
}
/**
 * @param {{now?: () => number, random?: () => number, timers?: Timers, fetch?: typeof globalThis.fetch, WebSocket?: any}} given
 * @returns {Environment}
 */
export declare function environment(given: {
    now?: () => number;
    random?: () => number;
    timers?: Timers;
    fetch?: typeof globalThis.fetch;
    WebSocket?: any;
}): Environment;
/**
 * Waits; an abort ends the wait with the signal's reason.
 * @param {Environment} env
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export declare function sleep({ timers }: Environment, ms: number, signal?: AbortSignal): Promise<void>;
/** A random id. `crypto.randomUUID` is missing in pages that were not loaded safely, as from a server in the local network. */
export declare function uuid(): string;
