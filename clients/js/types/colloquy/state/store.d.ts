/**
 * @template T
 */
export declare class Store<T> {
    #private;
    /**
     * @param {T} value
     * @param {(flush: () => void) => void} schedule
     * @param {(error: unknown) => void} failed
     */
    constructor(value: T, schedule: (flush: () => void) => void, failed: (error: unknown) => void);
    get value(): T;
    /** @param {T} value */
    set(value: T): void;
    /** Tells the listeners now, if there is something to tell. */
    tell(): void;
    /**
     * @param {() => void} fn
     * @returns {() => void}
     */
    subscribe(fn: () => void): () => void;
}
