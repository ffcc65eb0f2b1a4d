export type Row = {
    /**
     * For React: the same while it is sent and when it is there.
     */
    key: string;
    /**
     * The message's; null while it has none.
     */
    id: string | null;
    session_id: string;
    /**
     * Null for the bot.
     */
    user_id: string | null;
    username: string;
    /**
     * `user`, `assistant` or `system`.
     */
    role: string;
    content: string;
    metadata: any;
    timestamp: string | null;
    edited_at: string | null;
    /**
     * One's own, on its way.
     */
    pending: boolean;
    /**
     * An answer that is not finished.
     */
    streaming: boolean;
    /**
     * `complete`, `failed`, `cancelled` or `interrupted` for what is there; `queued` or `running` for an
     * answer in the making; `waiting`, `sending`, `sent` or `failed` for what is on its way.
     */
    status: string;
    /**
     * Of a queued answer.
     */
    position: number;
    /**
     * Of an answer.
     */
    question_id: string | null;
    /**
     * Why sending failed.
     */
    error?: any;
};
/**
 * A conversation: its rows in order, and what one does in it. What is sent while there is no connection waits and then goes.
 * `cancel`, `regenerate`, `edit` and `remove` reject when the server refuses.
 * @param {string} bot_id
 * @param {string} session_id
 */
export declare function useSession(bot_id: string, session_id: string): {
    status: "away" | "gone" | "live" | "loading";
    role: import("../colloquy/state/types.js").Role | null;
    session: import("../colloquy/state/types.js").Session | null;
    read: Readonly<Record<string, string>>;
    me: import("../colloquy/state/types.js").PersonName | null;
    messages: Row[];
    more: boolean;
    loading: boolean;
    /**
     * @param {string} content
     * @param {{reply?: boolean, mentions?: string[]}} [options]
     */
    send: (content: string, options?: {
        reply?: boolean;
        mentions?: string[];
    }) => import("../colloquy/sent.js").Sent;
    /** A send that failed. @param {string} key */
    retry: (key: string) => void | undefined;
    /** A send that waits or failed. @param {string} key */
    discard: (key: string) => void | undefined;
    /** An answer in the making. @param {string} message_id */
    cancel: (message_id: string) => Promise<import("../colloquy/schema.js").EndedView>;
    /** An answer, once more. @param {string} message_id */
    regenerate: (message_id: string) => Promise<import("../colloquy/schema.js").AskedView>;
    /** @param {string} message_id @param {string} content */
    edit: (message_id: string, content: string) => Promise<import("../colloquy/schema.js").Message>;
    /** @param {string} message_id */
    remove: (message_id: string) => Promise<void>;
    loadOlder: () => Promise<void | undefined>;
    /** Up to this message, or to the newest. @param {string} [message_id] */
    markRead: (message_id?: string) => void | undefined;
};
