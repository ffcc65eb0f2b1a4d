export type Http = import('./http.js').Http;
export type Reply = import('./http.js').Reply;
export type Request = import('./http.js').Request;
export type World = import('./world.js').World;
/**
 * @param {World} world
 * @param {Http} http
 * @param {{port?: number, host?: string}} where
 * @returns {Promise<{url: string, port: number, close(): Promise<void>}>}
 */
export declare function listen(world: World, http: Http, { port, host }: {
    port?: number;
    host?: string;
}): Promise<{
    url: string;
    port: number;
    close(): Promise<void>;
}>;
