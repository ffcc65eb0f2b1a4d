import { Problem } from './problems.js';
export type Access = import('./types.js').Access;
export type Json = import('./types.js').Json;
export type User = import('./types.js').User;
export type World = import('./world.js').World;
export type Call = {
    world: World;
    /**
     * who asks
     */
    user: User;
    access: Access;
    /**
     * the parameters in it
     */
    path: Json;
    query: URLSearchParams;
    body: Json;
    file: {
        name: string;
        type: string;
        bytes: Uint8Array;
    } | undefined;
    header: (name: string) => string | null;
};
export type Answer = {
    status?: number;
    body?: any;
    binary?: {
        bytes: Uint8Array;
        type: string;
        filename: string;
    };
};
export type Handler = {
    open?: boolean;
    keyed?: (call: Call) => unknown;
    run(call: Call): Answer | Promise<Answer>;
};
export type Route = {
    method: string;
    pattern: RegExp;
    handler: Handler;
};
/** @param {URLSearchParams} query @param {number} [most] */
export declare function limitOf(query: URLSearchParams, most?: number): number;
/** @returns {Route[]} */
export declare function routes(): Route[];
/** The refusal of an operation that the mock has not; undefined: neither has the server. @param {string} method @param {string} path */
export declare function notMocked(method: string, path: string): Problem | undefined;
/** Every operation by method and path: those that are mocked, and those that are not. */
export declare function operations(): {
    mocked: string[];
    notMocked: string[];
};
