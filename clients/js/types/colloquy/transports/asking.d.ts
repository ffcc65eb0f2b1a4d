import type { Attempt, AttemptEvents } from './socket.js';
/** @import { Attempt, AttemptEvents } from './socket.js' */
/** @implements {Attempt} */
export declare class Asking implements Attempt {
    #private;
    /** Aborted when it is over. */
    get signal(): AbortSignal;
    send(): boolean;
    close(): void;
    check(): void;
    /**
     * For those that extend it: does the asking, and tells what ended it.
     * @param {AttemptEvents} events
     * @param {(unexpected: unknown) => void} report
     * @param {() => Promise<void>} work
     */
    run(events: AttemptEvents, report: (unexpected: unknown) => void, work: () => Promise<void>): Promise<void>;
}
