import type { BotView } from './types.js';
import type { Needs } from './needs.js';
export declare class BotState {
    #private;
    bot_id: string;
    /**
     * @param {Needs} core
     * @param {string} bot_id
     * @param {() => void} done  What is to be done when it is let go.
     */
    constructor(core: Needs, bot_id: string, done: () => void);
    /** @returns {BotView} */
    get(): BotView;
    /**
     * Calls `fn` after changes, at most once per animation frame.
     * @param {() => void} fn
     * @returns {() => void}
     */
    subscribe(fn: () => void): () => void;
    /**
     * The messages of a session are wanted: they are loaded if the snapshot had none, and not cut while it is open. Counted.
     * Never rejects: what does not come is tried again with the next connection.
     * @param {string} session_id
     */
    open(session_id: string): Promise<void>;
    /** @param {string} session_id */
    close(session_id: string): void;
    /** Rejects with what went wrong, as the other loads of older things do. @param {string} session_id */
    loadOlder(session_id: string): Promise<void>;
    loadMoreSessions(): Promise<void>;
    loadMoreDocuments(): Promise<void>;
    /**
     * One has read up to this message, or up to the newest.
     * @param {string} session_id
     * @param {string} [message_id]
     */
    markRead(session_id: string, message_id?: string): void;
    /**
     * Tells the others that one is typing. May be called with every key.
     * @param {string | null} session_id
     * @param {boolean} [is_typing]
     */
    typing(session_id: string | null, is_typing?: boolean): void;
    /**
     * Tells the others which conversation one looks at.
     * @param {string | null} session_id
     */
    viewing(session_id: string | null): void;
    /**
     * A key for a message's row that is the same while it is sent and when it is there.
     * @param {string} message_id
     */
    keyOf(message_id: string): string;
    /** Loads everything anew; for a bot that was lost, tries whether it is to be had again. */
    refresh(): Promise<void>;
    /** Ends what `watch` began; the last one who does so closes it. */
    release(): void;
    /** For the client: nobody is logged in, or somebody else is. It comes back with the channel, for whoever it is then. */
    signedOut(): void;
    /** Not for users of a watched bot: they release it. */
    end(): void;
}
