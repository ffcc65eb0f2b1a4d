import type { Core } from '../core.js';
export type Port = {
    frame: (text: string) => void;
    close: (code: number, reason: string) => void;
};
/**
 * How a tab is told.
 * @typedef {object} Port
 * @property {(text: string) => void} frame
 * @property {(code: number, reason: string) => void} close
 */
export declare class Hub {
    #private;
    /** @param {Core} core */
    constructor(core: Core);
    /**
     * @param {string} id
     * @param {Port} port
     */
    open(id: string, port: Port): void;
    /** @param {string} id */
    bye(id: string): void;
    /**
     * @param {string} id
     * @param {any} frame
     */
    take(id: string, frame: any): void;
    /** Another tab leads from here on. */
    close(): void;
}
