export type Access = import('./types.js').Access;
export type Json = import('./types.js').Json;
export type User = import('./types.js').User;
export type World = import('./world.js').World;
/** @param {User} user */
export declare function userView({ password: _, ...user }: User): {
    id: string;
    username: string;
    email: string;
    role: 'member' | 'admin';
    platform_admin: boolean;
    disabled: boolean;
    created_at: string;
};
/**
 * @param {World} world
 * @param {Json} body
 */
export declare function register(world: World, { username, password, email }: Json): {
    user: {
        id: string;
        username: string;
        email: string;
        role: 'member' | 'admin';
        platform_admin: boolean;
        disabled: boolean;
        created_at: string;
    };
    access_token: string;
    refresh_token: string;
    token_type: string;
    expires_in: number;
};
/**
 * @param {World} world
 * @param {Json} body
 */
export declare function logInWith(world: World, { username, password }: Json): {
    user: {
        id: string;
        username: string;
        email: string;
        role: 'member' | 'admin';
        platform_admin: boolean;
        disabled: boolean;
        created_at: string;
    };
    access_token: string;
    refresh_token: string;
    token_type: string;
    expires_in: number;
};
/**
 * A new family of tokens.
 * @param {World} world
 * @param {User} user
 */
export declare function logIn(world: World, user: User): {
    user: {
        id: string;
        username: string;
        email: string;
        role: 'member' | 'admin';
        platform_admin: boolean;
        disabled: boolean;
        created_at: string;
    };
    access_token: string;
    refresh_token: string;
    token_type: string;
    expires_in: number;
};
/**
 * Rotates. The directly preceding token gives the same pair again; anything older ends the family.
 * @param {World} world
 * @param {Json} body
 */
export declare function refresh(world: World, { refresh_token }: Json): import("./types.js").Json;
/**
 * @param {World} world
 * @param {Access} access
 * @param {boolean} [all]
 */
export declare function logOut(world: World, access: Access, all?: boolean): void;
/**
 * @param {World} world
 * @param {string} family
 */
export declare function endFamily(world: World, family: string): void;
/**
 * @param {World} world
 * @param {Access} access
 */
export declare function createTicket(world: World, access: Access): {
    ticket: string;
    expires_in: number;
};
/**
 * The access of a socket's credential: the first that is present counts.
 * @param {World} world
 * @param {{ticket?: string | null, token?: string | null, bearer?: string | null, protocol?: string | null}} given
 * @returns {Access}
 */
export declare function accessOf(world: World, { ticket, token, bearer, protocol }: {
    ticket?: string | null;
    token?: string | null;
    bearer?: string | null;
    protocol?: string | null;
}): Access;
