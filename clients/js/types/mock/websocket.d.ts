export type Peer = import('./peer.js').Peer;
export type World = import('./world.js').World;
/** A class of sockets into this world. @param {World} world @returns {any} */
export declare function webSocketOf(world: World): any;
