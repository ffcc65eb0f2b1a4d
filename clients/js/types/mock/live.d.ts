import { World } from './world.js';
export type Peer = import('./peer.js').Peer;
export type Json = import('./types.js').Json;
export declare class Live {
    #private;
    world: World;
    /** @param {World} world */
    constructor(world: World);
    /**
     * Everyone who is there, as somebody may see it.
     * @param {string} bot
     * @param {string} reader
     */
    online(bot: string, reader: string): {
        user_id: string;
        username: string;
        session_id: string | null;
    }[];
    /** @param {{user_id: string}} peer @param {string} bot */
    arrived(peer: {
        user_id: string;
    }, bot: string): void;
    /** @param {Peer} peer @param {string} bot */
    left(peer: Peer, bot: string): void;
    /** Somebody of a script, who needs no socket to be there. @param {string} bot @param {string} user @param {string | null} session */
    guest(bot: string, user: string, session: string | null): void;
    /** @param {string} bot @param {string} user */
    guestGone(bot: string, user: string): void;
    /** @param {Peer} peer @param {string} bot @param {string | null} session */
    viewing(peer: Peer, bot: string, session: string | null): void;
    /**
     * @param {Peer | {user_id: string}} typist
     * @param {string} bot
     * @param {string | null} session
     * @param {boolean} is_typing
     */
    typing({ user_id }: Peer | {
        user_id: string;
    }, bot: string, session: string | null, is_typing: boolean): void;
}
