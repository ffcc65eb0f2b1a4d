import type { Core, TransportName } from './core.js';
export declare class Choice {
    #private;
    /** @type {TransportName} */
    now: TransportName;
    /**
     * @param {Core} core
     * @param {() => void} changed
     */
    constructor(core: Core, changed: () => void);
    /**
     * How an attempt ended.
     * @param {boolean} greeted
     * @param {number} code
     */
    tried(greeted: boolean, code: number): void;
    /** There is reason to hope: WebSockets are tried now. */
    hurry(): void;
    /** Nothing is to be tried any more, until the next attempt of a connection. */
    rest(): void;
}
