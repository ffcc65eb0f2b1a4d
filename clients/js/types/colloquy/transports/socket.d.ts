import type { Core } from '../core.js';
export type AttemptEvents = {
    open: (greeting: any) => void;
    frame: (frame: any) => void;
    /**
     * once, and nothing after it
     */
    close: (code: number, reason: string, retryAfter?: number | null) => void;
};
export type OutFrame = {
    type: string;
    id?: string;
    channel?: string;
    data?: object;
};
export type Attempt = {
    send: (frame: OutFrame) => boolean;
    /**
     * ends it without a further event
     */
    close: (code: number) => void;
    /**
     * is it still alive?
     */
    check: () => void;
    /**
     * that it has now, where that may be another one than it was made with
     */
    token?: string;
};
/** @implements {Attempt} */
export declare class Socket implements Attempt {
    #private;
    /**
     * @param {Core} core
     * @param {string} path with its query, which holds nothing secret
     * @param {string} label the channel that its frames are of, or ''
     * @param {string} token
     * @param {AttemptEvents} events
     * @param {boolean} apart not the one that tabs share
     */
    constructor(core: Core, path: string, label: string, token: string, events: AttemptEvents, apart?: boolean);
    get token(): string;
    /** @param {OutFrame} frame */
    send(frame: OutFrame): boolean;
    /** @param {number} code */
    close(code: number): void;
    check(): void;
}
