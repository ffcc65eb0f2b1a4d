import type { Channel } from '../channel.js';
import type { Frame } from './types.js';
/** @import { Channel } from '../channel.js' */
/** @import { Frame } from './types.js' */
export declare class Marks {
    #private;
    /**
     * @param {Channel | null} channel
     * @param {string} session_id
     * @param {string} message_id
     */
    say(channel: Channel | null, session_id: string, message_id: string): void;
    forget(): void;
    /** What is not confirmed. */
    get open(): MapIterator<[string, string]>;
    /**
     * The server tells of a mark.
     * @param {{session_id: string, user_id: string, message_id: string}} mark
     * @param {string | undefined} me
     */
    told({ session_id, user_id, message_id }: {
        session_id: string;
        user_id: string;
        message_id: string;
    }, me: string | undefined): void;
    /**
     * What is deleted cannot be marked. Whether a mark that is not confirmed has lost its message by this.
     * @param {Frame} frame
     */
    lose({ type, data }: Frame): boolean;
}
