import type { Timers } from './environment.js';
import type { TokenPair, TokenStorage } from './storage.js';
export type TokenReason = 'missing' | 'rejected' | 'expiring';
export type TokensParts = {
    tokens: TokenPair | undefined;
    getToken: ((asked: {
        reason: TokenReason;
    }) => Promise<string | null> | string | null) | undefined;
    storage: TokenStorage | undefined;
    timers: Timers;
    refresh: (refresh_token: string) => Promise<TokenPair>;
    changed: (pair: TokenPair | null) => void;
    /**
     * there was a log-in, and it is over
     */
    lost: (reason: string) => void;
};
export declare class Tokens {
    #private;
    /** @param {TokensParts} parts */
    constructor(parts: TokensParts);
    /** The pair that holds, also when another tab has put it there. */
    get pair(): TokenPair | null;
    /** Whether there is anything to try. */
    get any(): boolean;
    /** A token worth trying, or null: signed out. Rejects when it cannot be told now. */
    get(): Promise<string | null>;
    /**
     * The server has refused this one.
     * @param {string} token
     */
    reject(token: string): void;
    /**
     * Another token than `used`, or null: signed out, or there will be none before this one has ended. Rejects when it cannot be told
     * now.
     * @param {string | null} used
     * @param {TokenReason} reason
     * @returns {Promise<string | null>}
     */
    renew(used: string | null, reason: TokenReason): Promise<string | null>;
    /** @param {TokenPair | null} pair */
    set(pair: TokenPair | null): void;
    close(): void;
}
/**
 * Whose token it is, as it says itself: good for telling people apart, for nothing else. Null if it does not say.
 * @param {string | null | undefined} token
 * @returns {string | null}
 */
export declare function subjectOf(token: string | null | undefined): string | null;
