export type Access = import('./types.js').Access;
export type Entry = import('./types.js').Entry;
export type Json = import('./types.js').Json;
export type World = import('./world.js').World;
export declare class EventStream {
    #private;
    world: import("./world.js").World;
    access: import("./types.js").Access;
    id: string;
    kind: 'stream';
    /** A stream looks at nothing. @type {Map<string, string | null>} */
    viewing: Map<string, string | null>;
    /**
     * @param {World} world
     * @param {Access} access
     * @param {string} bot_id
     * @param {{since: number | null, epoch?: string} | null} range
     * @param {(text: string) => void} write
     * @param {() => void} end
     */
    constructor(world: World, access: Access, bot_id: string, range: {
        since: number | null;
        epoch?: string;
    } | null, write: (text: string) => void, end: () => void);
    get user_id(): string;
    /** @param {number} code */
    close(code: number): void;
    gone(): void;
    /** @param {string} bot_id */
    withdraw(bot_id: string): void;
    /** Signals do not come this way. */
    signal(): void;
    hasBot(): boolean;
}
