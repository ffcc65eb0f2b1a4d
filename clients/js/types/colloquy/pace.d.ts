import type { Environment } from './environment.js';
export declare class Pace {
    #private;
    /**
     * @param {Environment} env
     * @param {(text: string) => void} send
     */
    constructor(env: Environment, send: (text: string) => void);
    /**
     * @param {string} text
     * @param {boolean} signal
     */
    send(text: string, signal: boolean): void;
    stop(): void;
}
