import { ColloquyError } from './error.js';
import type { Api, Operation } from './operations.js';
import type { Environment } from './environment.js';
import type { Tokens } from './tokens.js';
export type CallOptions = {
    signal?: AbortSignal;
    /**
     * made up when absent, where the operation takes one
     */
    idempotencyKey?: string;
    /**
     * the version that a change is meant for
     */
    ifMatch?: string | number;
    headers?: Record<string, string>;
    /**
     * more attempts at the most; 0: none
     */
    retries?: number;
    /**
     * milliseconds for the answer to begin; 0: no bound
     */
    timeout?: number;
    /**
     * of an upload
     */
    onProgress?: (progress: {
        loaded: number;
        total: number;
    }) => void;
};
export type RestParts = {
    env: Environment;
    /**
     * with the scheme, without a slash at the end
     */
    base: string;
    tokens: () => Tokens;
    retries: number;
    timeout: number;
};
export type Request = {
    url: string;
    method: string;
    headers: Record<string, string>;
    body: string | FormData | undefined;
};
export type Caller = {
    subject: string | null;
};
export declare class Rest {
    #private;
    /** @param {RestParts} parts */
    constructor(parts: RestParts);
    /** @returns {Api} */
    api(): Api;
    /**
     * @param {string} name
     * @param {Operation} operation
     * @param {Record<string, unknown>} args
     * @param {CallOptions} options
     */
    call(name: string, operation: Operation, args: Record<string, unknown>, options: CallOptions): Promise<any>;
}
export declare function signedOut(detail?: string): ColloquyError;
