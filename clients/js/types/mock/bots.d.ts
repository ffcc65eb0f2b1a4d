export type Bot = import('./types.js').Bot;
export type Grant = import('./types.js').Grant;
export type Json = import('./types.js').Json;
export type Role = import('./types.js').Role;
export type User = import('./types.js').User;
export type World = import('./world.js').World;
/**
 * @param {World} world
 * @param {Bot} bot
 * @param {string} user
 */
export declare function botView(world: World, bot: Bot, user: string): {
    instructions?: undefined;
    model?: undefined;
    settings?: undefined;
    id: string;
    name: string;
    description: string;
    version: number;
    role: import("./types.js").Role | null;
    owners: {
        user_id: string;
        username: string;
    }[];
    created_at: string;
    updated_at: string;
} | {
    instructions: string;
    model: string;
    settings: import("./types.js").Json;
    id: string;
    name: string;
    description: string;
    version: number;
    role: import("./types.js").Role | null;
    owners: {
        user_id: string;
        username: string;
    }[];
    created_at: string;
    updated_at: string;
};
/**
 * @param {World} world
 * @param {Grant} grant
 */
export declare function grantView(world: World, grant: Grant): {
    user_id: string;
    role: import("./types.js").Role;
    granted_by: string | null;
    granted_at: string;
    expires_at: string | null;
    username: string;
};
/**
 * @param {World} world
 * @param {User} user
 * @param {Json} body
 */
export declare function createBot(world: World, user: User, body: Json): import("./types.js").Bot;
/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {Json} body
 * @param {string | null} [ifMatch]
 */
export declare function changeBot(world: World, user: User, bot: Bot, body: Json, ifMatch?: string | null): void;
/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 */
export declare function deleteBot(world: World, user: User, bot: Bot): void;
/**
 * Suspends or resumes; everyone but the owners loses sight of it meanwhile.
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {boolean} suspended
 */
export declare function suspendBot(world: World, user: User, bot: Bot, suspended: boolean): void;
/**
 * Grants or changes a role. Resolves whether it is a new one.
 * @param {World} world
 * @param {User | null} by
 * @param {Bot} bot
 * @param {User | undefined} user
 * @param {Role} role
 * @param {string | null} [expires_at] absent keeps
 */
export declare function grant(world: World, by: User | null, bot: Bot, user: User | undefined, role: Role, expires_at?: string | null): {
    grant: import("./types.js").Grant;
    isNew: boolean;
};
/**
 * @param {World} world
 * @param {User | null} by null: it expired
 * @param {Bot} bot
 * @param {string} id
 */
export declare function revoke(world: World, by: User | null, bot: Bot, id: string): void;
