import type { Core } from './core.js';
import type { Attempt, AttemptEvents, OutFrame } from './transports/socket.js';
export type LineState = 'closed' | 'connecting' | 'open' | 'reconnecting';
export type LineChange = {
    state: LineState;
    code?: number | string;
    reason?: string;
    retryIn?: number;
};
export type Driver = {
    dial: (token: string, events: AttemptEvents) => Attempt;
    opened: (greeting: any) => void;
    frame: (frame: any) => void;
    /**
     * the connection, or the attempt at one, is over; with `final`, for good
     */
    lost: (code: number, final: boolean) => void;
    changed: (change: LineChange) => void;
    /**
     * how an attempt ended
     */
    tried?: (greeted: boolean, code: number) => void;
};
export declare class Line {
    #private;
    /** @type {LineState} */
    state: LineState;
    /**
     * @param {Core} core
     * @param {Driver} driver
     */
    constructor(core: Core, driver: Driver);
    start(): void;
    /** Ends it by our own will. */
    stop(): void;
    /** Does not wait any longer; an open one is made anew. */
    again(): void;
    /** What it carries is of no use as it is: begins anew, as after any other loss. */
    anew(): void;
    /** There is reason to hope (the network is back) or to doubt (it may be gone). */
    wake(): void;
    check(): void;
    /**
     * @param {OutFrame} frame
     * @returns {boolean} false: there is no open connection, it did not go
     */
    send(frame: OutFrame): boolean;
}
