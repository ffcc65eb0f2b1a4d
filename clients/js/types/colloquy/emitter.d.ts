export type Entry = {
    fn: (value: any) => unknown;
    on: boolean;
};
/** @typedef {{fn: (value: any) => unknown, on: boolean}} Entry */
export declare class Emitter {
    #private;
    /** @param {(error: unknown, type: string) => void} failed what to do with an error of a listener */
    constructor(failed: (error: unknown, type: string) => void);
    /**
     * @param {string} type
     * @param {(value: any) => unknown} fn
     * @returns {() => void}
     */
    on(type: string, fn: (value: any) => unknown): () => void;
    /** @param {string} type */
    has(type: string): boolean;
    /**
     * @param {string} type
     * @param {unknown} value
     */
    emit(type: string, value: unknown): void;
    clear(): void;
}
