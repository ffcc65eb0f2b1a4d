import type { Timers } from '../environment.js';
export declare class Retry {
    #private;
    /**
     * @param {Timers} timers
     * @param {() => Promise<void>} load
     */
    constructor(timers: Timers, load: () => Promise<void>);
    /** Resolves when what is done at once is done. @returns {Promise<void>} */
    soon(): Promise<void>;
    /** Never at once. */
    later(): void;
    good(): void;
    stop(): void;
}
