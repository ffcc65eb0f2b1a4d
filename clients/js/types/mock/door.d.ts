import { Peer } from './peer.js';
export type Wire = import('./types.js').Wire;
export type World = import('./world.js').World;
export declare const SUBPROTOCOL = "colloquy.v1";
/** Whether a socket can be asked for here. @param {string} path */
export declare function isSocket(path: string): boolean;
/** The subprotocol that is answered: only beside a token. @param {readonly string[]} offered */
export declare function protocolOf(offered: readonly string[]): "" | "colloquy.v1";
/**
 * Lets a socket in.
 * @param {World} world
 * @param {{url: URL, protocols: readonly string[], authorization?: string | null}} asked
 * @param {Wire} wire
 * @returns {Peer | null} null: it was closed
 */
export declare function enter(world: World, { url, protocols, authorization }: {
    url: URL;
    protocols: readonly string[];
    authorization?: string | null;
}, wire: Wire): Peer | null;
