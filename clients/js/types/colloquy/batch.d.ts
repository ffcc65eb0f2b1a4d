import type { Environment } from './environment.js';
export declare class Batch {
    #private;
    /**
     * @param {Environment} env
     * @param {boolean} enabled
     * @param {(error: unknown) => void} failed
     */
    constructor(env: Environment, enabled: boolean, failed: (error: unknown) => void);
    get enabled(): boolean;
    /**
     * Calls `flush` with the next animation frame. To be asked once for many things.
     * @param {() => void} flush
     */
    ask(flush: () => void): void;
}
