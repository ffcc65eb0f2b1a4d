export type Peer = import('./peer.js').Peer;
export type Range = import('./peer.js').Range;
export type Json = import('./types.js').Json;
/** @param {Peer} peer @param {string} text */
export declare function hear(peer: Peer, text: string): void;
