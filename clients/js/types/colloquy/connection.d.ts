import { Channel } from './channel.js';
import { SharedLink } from './transports/shared.js';
import { SingleLink } from './transports/single.js';
import type { Core } from './core.js';
import type { LineChange, LineState } from './line.js';
export type LinkParts = {
    changed: (link: Link, change: LineChange) => void;
    tried: (greeted: boolean, code: number) => void;
};
export type Link = SharedLink | SingleLink;
export type Held = {
    channel: Channel;
    count: number;
    link: Link | null;
};
export type StateEvent = {
    state: LineState;
    previous: LineState;
    code?: number | string;
    reason?: string;
    retryIn?: number;
};
export declare class Connection {
    #private;
    /** @type {LineState} */
    state: LineState;
    /**
     * @param {Core} core
     * @param {(event: StateEvent) => void} tell
     */
    constructor(core: Core, tell: (event: StateEvent) => void);
    /** What carries events now; null: nothing does. */
    get transport(): import("./core.js").TransportName | null;
    get size(): number;
    /**
     * @param {string} name
     * @returns {Channel}
     */
    channel(name: string): Channel;
    /** Connects, also while no channel is asked for. */
    open(): void;
    /** Tries now what would be tried later. */
    again(): void;
    /** The network may be gone. */
    check(): void;
    /** Goes on after a log-in. */
    resume(): void;
    /** Another person: nothing that was known of streams holds. */
    forget(): void;
    /**
     * Ends all connections; channels stay and wait.
     * @param {string} [reason]
     */
    stop(reason?: string): void;
    close(): void;
    /** The network is back, or the page is looked at again. */
    wake(): void;
}
