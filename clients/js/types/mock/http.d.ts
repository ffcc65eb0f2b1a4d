import { Problem } from './problems.js';
export type Answer = import('./routes.js').Answer;
export type Call = import('./routes.js').Call;
export type Route = import('./routes.js').Route;
export type Access = import('./types.js').Access;
export type World = import('./world.js').World;
export type Request = {
    method: string;
    url: URL;
    header(name: string): string | null;
    body: () => Promise<{
        json?: any;
        file?: Call['file'];
        raw: string;
    }>;
    signal?: AbortSignal | null;
};
export type Reply = {
    status: number;
    headers: Record<string, string>;
    body: string | Uint8Array | null | StreamBody;
};
export type StreamBody = {
    start(write: (text: string) => void, end: () => void): () => void;
};
export declare class Http {
    #private;
    /** @param {World} world */
    constructor(world: World);
    /** A route of the test's own, before all others. @param {Route} route */
    route(route: Route): void;
    /** The next requests that match fail. @param {(request: {method: string, path: string}) => boolean} matches @param {number} times @param {Problem} problem */
    fail(matches: (request: {
        method: string;
        path: string;
    }) => boolean, times: number, problem: Problem): void;
    /** @param {Request} request @returns {Promise<Reply>} */
    serve(request: Request): Promise<Reply>;
}
