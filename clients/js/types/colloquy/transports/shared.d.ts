import { Backoff } from '../backoff.js';
import { Line } from '../line.js';
import type { Core } from '../core.js';
import type { Channel } from '../channel.js';
import type { LinkParts } from '../connection.js';
export type Entry = {
    channel: Channel;
    phase: 'wanted' | 'asked' | 'in';
    /**
     * of the frame that asked
     */
    id: string;
    /**
     * whether it asked for what it missed
     */
    since: boolean;
    /**
     * of a session: came by its bot's channel before the session's own past was through
     */
    early: any[];
    backoff: Backoff;
    timer: any;
};
/** As many as the server takes on one socket. */
export declare const CHANNELS = 200;
export declare class SharedLink {
    #private;
    apart: boolean;
    line: Line;
    /**
     * @param {Core} core
     * @param {LinkParts} parts
     * @param {boolean} apart on a socket of this tab's own, where tabs share one
     */
    constructor(core: Core, parts: LinkParts, apart?: boolean);
    get size(): number;
    /** @param {Channel} channel */
    join(channel: Channel): void;
    /** @param {Channel} channel */
    leave(channel: Channel): void;
    /**
     * @param {string} channel
     * @param {string} type
     * @param {object} data
     */
    signal(channel: string, type: string, data: object): boolean;
    /**
     * @param {string} channel
     * @param {string} type
     * @param {object} data
     */
    request(channel: string, type: string, data: object): Promise<any>;
    stop(): void;
}
