export type TokenPair = {
    access_token: string;
    refresh_token?: string | null;
};
export type TokenStorage = {
    get: () => TokenPair | null;
    set: (pair: TokenPair | null) => void;
    /**
     * calls when somebody else has changed it
     */
    watch?: (changed: () => void) => () => void;
    /**
     * of the lock that those who share it take
     */
    name?: string;
};
export type KeptSend = {
    key: string;
    session_id: string;
    content: string;
    reply?: boolean;
    mentions?: string[];
    bot_id?: string;
    /**
     * when it was written, in milliseconds
     */
    at: number;
    /**
     * it may have arrived already
     */
    tried?: boolean;
    /**
     * since when
     */
    triedAt?: number;
    /**
     * it goes only when it is asked for
     */
    failed?: {
        code: string;
        detail: string;
        status: number;
    };
};
export type OutboxStorage = {
    load: (user_id: string) => KeptSend[];
    /**
     * `gone`: keys of those that have left
     */
    save: (user_id: string, sends: KeptSend[], gone: string[]) => void;
    /**
     * who shares the place is not to send it any more
     */
    takeBack?: (user_id: string, key: string) => void;
    /**
     * keys
     */
    takenBack?: (user_id: string) => string[];
    /**
     * under a key that may have been taken back
     */
    sendAgain?: (user_id: string, key: string) => void;
};
/**
 * Keeps the log-in in the browser; all tabs of the origin share it.
 * @param {string} [key]
 * @returns {TokenStorage}
 */
export declare function localStorageTokens(key?: string): TokenStorage;
/**
 * Keeps unsent messages in the browser, each person's apart. Tabs share the place: each changes only what it knows of. Two tabs
 * may send the same message; its key makes the server take it once.
 * @param {string} [prefix]
 * @returns {OutboxStorage}
 */
export declare function localStorageOutbox(prefix?: string): OutboxStorage;
