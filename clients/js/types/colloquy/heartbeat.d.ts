import type { Environment } from './environment.js';
export type HeartbeatOptions = {
    interval: number;
    timeout: number;
};
/** @import { Environment } from './environment.js' */
/** @typedef {{interval: number, timeout: number}} HeartbeatOptions */
/** @type {Readonly<HeartbeatOptions>} */
export declare const HEARTBEAT: Readonly<HeartbeatOptions>;
export declare class Heartbeat {
    #private;
    /**
     * @param {Environment} env
     * @param {HeartbeatOptions} options
     * @param {{ping: (id: string) => void, latency: (ms: number, serverTime: string) => void, dead: () => void}} parts
     */
    constructor(env: Environment, options: HeartbeatOptions, parts: {
        ping: (id: string) => void;
        latency: (ms: number, serverTime: string) => void;
        dead: () => void;
    });
    start(): void;
    stop(): void;
    /** Something came. Called for every frame: no more than a note. */
    heard(): void;
    /**
     * @param {string} id
     * @param {string} serverTime
     */
    pong(id: string, serverTime: string): void;
    /** Is it still there? Asked when there is reason for doubt, so with less patience. */
    check(): void;
}
