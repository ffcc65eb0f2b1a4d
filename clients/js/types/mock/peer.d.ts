export type Access = import('./types.js').Access;
export type Bot = import('./types.js').Bot;
export type Entry = import('./types.js').Entry;
export type Json = import('./types.js').Json;
export type Wire = import('./types.js').Wire;
export type World = import('./world.js').World;
export type Channel = {
    name: string;
    kind: 'bot' | 'session' | 'notifications' | 'silent';
    bot_id: string | null;
    session_id: string | null;
    types: string[] | null;
};
export type Range = {
    since: number | null;
    epoch?: string;
};
export declare class Peer {
    #private;
    world: import("./world.js").World;
    access: import("./types.js").Access;
    kind: "chat" | "multi" | "notifications";
    path: string;
    wire: import("./types.js").Wire;
    id: string;
    /** @type {Map<string, Channel>} */
    channels: Map<string, Channel>;
    /** What each bot's `viewing` frame said last. @type {Map<string, string | null>} */
    viewing: Map<string, string | null>;
    /** Frames it may still send, and when that was counted. */
    budget: {
        left: number;
        at: number;
        discarded: number[];
        warned: boolean;
    };
    closed: boolean;
    /**
     * @param {World} world
     * @param {Access} access
     * @param {'chat' | 'notifications' | 'multi'} kind
     * @param {string} path
     * @param {Wire} wire
     */
    constructor(world: World, access: Access, kind: 'chat' | 'notifications' | 'multi', path: string, wire: Wire);
    get user_id(): string;
    get username(): string;
    get expires_at(): string;
    /** @param {Access} access the new token of the same person */
    renew(access: Access): void;
    /**
     * The server closes it.
     * @param {number} code 1006: without a close frame, as a network does
     */
    close(code: number): void;
    /** The client is gone. @param {number} [code] */
    gone(code?: number): void;
    /** @param {Json} frame */
    send(frame: Json): void;
    /**
     * @param {string} code
     * @param {string} message
     * @param {{id?: string, channel?: string}} [head]
     */
    refuse(code: string, message: string, { id, channel }?: {
        id?: string;
        channel?: string;
    }): void;
    /**
     * Something without a number, about a bot.
     * @param {string} bot_id
     * @param {string} type
     * @param {Json} data
     * @param {string | null} [privateTo]
     */
    signal(bot_id: string, type: string, data: Json, privateTo?: string | null): void;
    /** @param {string} bot_id */
    hasBot(bot_id: string): boolean;
    /**
     * Begins a channel: greets, replays, and listens from then on. Who may not have it is refused by what this throws.
     * @param {{name: string, kind: 'bot' | 'session' | 'notifications' | 'silent', id?: string}} wanted
     * @param {Range | null} range
     * @param {string} [id] of the request
     */
    enter({ name, kind, id: about }: {
        name: string;
        kind: 'bot' | 'session' | 'notifications' | 'silent';
        id?: string;
    }, range: Range | null, id?: string): void;
    /** @param {string} name @returns {boolean} whether there was one */
    leave(name: string): boolean;
    /** The person may not have this bot any more; the event that says so went before. @param {string} bot_id */
    withdraw(bot_id: string): void;
    /** @param {string} text */
    receive(text: string): void;
}
