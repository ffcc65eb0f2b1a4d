import { Line } from '../line.js';
import type { Core, TransportName } from '../core.js';
import type { Channel } from '../channel.js';
import type { LinkParts } from '../connection.js';
/** @import { Core, TransportName } from '../core.js' */
/** @import { Channel } from '../channel.js' */
/** @import { LinkParts } from '../connection.js' */
/** @import { Attempt, AttemptEvents } from './socket.js' */
export declare class SingleLink {
    #private;
    line: Line;
    /**
     * @param {Core} core
     * @param {Channel} channel
     * @param {TransportName} transport
     * @param {LinkParts} parts
     */
    constructor(core: Core, channel: Channel, transport: TransportName, parts: LinkParts);
    get size(): 0 | 1;
    join(): void;
    /** @param {Channel} channel */
    leave(channel: Channel): void;
    /**
     * @param {string} _name
     * @param {string} type
     * @param {object} data
     */
    signal(_name: string, type: string, data: object): boolean;
    /** @returns {Promise<any>} */
    request(): Promise<any>;
    stop(): void;
}
