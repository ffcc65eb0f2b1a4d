export type Http = import('./http.js').Http;
export type Reply = import('./http.js').Reply;
export type MockRequest = import('./http.js').Request;
export type World = import('./world.js').World;
/** @typedef {import('./http.js').Http} Http */
/** @typedef {import('./http.js').Reply} Reply */
/** @typedef {import('./http.js').Request} MockRequest */
/** @typedef {import('./world.js').World} World */
/**
 * @param {World} world
 * @param {Http} http
 * @returns {typeof globalThis.fetch}
 */
export declare function fetchOf(world: World, http: Http): typeof globalThis.fetch;
/** @param {string} raw */
export declare function bodyOf(raw: string): {
    raw: string;
    json: any;
};
