import type { Core } from '../core.js';
import type { SocketLike } from '../environment.js';
export type Word = {
    to: 'hub' | 'tabs' | readonly string[];
    hub?: string;
    from?: string;
    what: 'open' | 'frame' | 'bye' | 'here' | 'close';
    text?: string;
    code?: number;
};
/** Whether this is a page of a browser that has what it takes. Node has some of it, and no tabs. */
export declare const canShare: () => boolean;
/** One tab's end. @implements {SocketLike} */
declare class TabSocket implements SocketLike {
    #private;
    readyState: number;
    /** @type {((event: any) => void) | null} */ onopen: ((event: any) => void) | null;
    /** @type {((event: any) => void) | null} */ onmessage: ((event: any) => void) | null;
    /** @type {((event: any) => void) | null} */ onclose: ((event: any) => void) | null;
    /** @type {((event: any) => void) | null} */ onerror: ((event: any) => void) | null;
    id: string;
    /** @param {Tabs} tabs */
    constructor(tabs: Tabs);
    /** @param {string} text */
    send(text: string): void;
    close(): void;
    /** @param {string} text */
    hear(text: string): void;
    /**
     * @param {number} code
     * @param {string} reason
     */
    end(code: number, reason: string): void;
}
export declare class Tabs {
    #private;
    /**
     * @param {Core} core
     * @param {string} user
     */
    constructor(core: Core, user: string);
    /** @param {TabSocket} socket */
    attach(socket: TabSocket): void;
    /** @param {TabSocket} socket */
    detach({ id }: TabSocket): void;
    /**
     * @param {string} from
     * @param {'open' | 'frame' | 'bye'} what
     * @param {string} [text]
     */
    say(from: string, what: 'open' | 'frame' | 'bye', text?: string): void;
    close(): void;
}
/** What makes sockets that are shared, as a class like the browser's. */
export declare class SharedSockets {
    #private;
    /** @param {Core} core */
    constructor(core: Core);
    /**
     * @param {string} token
     * @returns {SocketLike | null} null: this one cannot be shared
     */
    open(token: string): SocketLike | null;
    close(): void;
}
export {};
