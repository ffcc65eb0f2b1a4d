/**
 * @template {{book: unknown}} T  `book`: what the reducers remember, and nobody else sees.
 */
export declare class Store<T extends {
    book: unknown;
}> {
    #private;
    /**
     * @param {T} value
     * @param {(flush: () => void) => void} schedule
     * @param {(error: unknown) => void} failed
     */
    constructor(value: T, schedule: (flush: () => void) => void, failed: (error: unknown) => void);
    get value(): T;
    /** The value without its book: the same object as long as nothing changes. @returns {Omit<T, 'book'>} */
    get view(): Omit<T, 'book'>;
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
