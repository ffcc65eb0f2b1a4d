import type { Environment } from './environment.js';
export declare class Batch {
    #private;
    /**
     * @param {Environment} env
     * @param {boolean} enabled
     */
    constructor(env: Environment, enabled: boolean);
    get enabled(): boolean;
    /**
     * Calls `flush` with the next animation frame. To be asked once for many things.
     * @param {() => void} flush
     */
    ask(flush: () => void): void;
}
