export type BackoffOptions = {
    min: number;
    max: number;
    attempts: number;
    healthy: number;
};
/** @typedef {{min: number, max: number, attempts: number, healthy: number}} BackoffOptions */
/** @type {Readonly<BackoffOptions>} */
export declare const BACKOFF: Readonly<BackoffOptions>;
export declare class Backoff {
    #private;
    /** Attempts that failed since the last healthy connection. */
    failures: number;
    /**
     * @param {BackoffOptions} options
     * @param {() => number} random
     */
    constructor(options: BackoffOptions, random: () => number);
    /** Counts a failure; the milliseconds to wait, or null when there were enough. */
    next(): number | null;
    reset(): void;
}
