import { Sent } from './sent.js';
import type { Core } from './core.js';
import type { OutboxStorage } from './storage.js';
export type SendOptions = {
    reply?: boolean;
    mentions?: string[];
    bot_id?: string;
    key?: string;
};
export declare class Outbox {
    #private;
    /**
     * @param {Core} core
     * @param {{limit: number, storage?: OutboxStorage}} options
     */
    constructor(core: Core, { limit, storage }: {
        limit: number;
        storage?: OutboxStorage;
    });
    /** All that have not been sent, oldest first. The list is another one after every change. @returns {readonly Sent[]} */
    get entries(): readonly Sent[];
    /**
     * Calls `fn` with the entries after every change.
     * @param {(entries: readonly Sent[]) => unknown} fn
     */
    on(fn: (entries: readonly Sent[]) => unknown): () => void;
    /**
     * @param {string} session_id
     * @param {string} content
     * @param {SendOptions} options
     */
    send(session_id: string, content: string, { reply, mentions, bot_id, key }: SendOptions): Sent;
    /**
     * Whose messages these are. Another person's stay where they are kept.
     * @param {string | null} user_id
     */
    belongsTo(user_id: string | null): void;
    /** There is reason to hope: tries now. */
    flush(): void;
    /**
     * While somebody logs out, nothing leaves.
     * @param {boolean} held
     */
    hold(held: boolean): void;
    /** For an entry: whether it may be tried again. @param {Sent} sent */
    has(sent: Sent): boolean;
    /** For a failed entry. @param {Sent} sent */
    again(sent: Sent): void;
    /** @param {Sent} sent */
    drop(sent: Sent): void;
    close(): void;
}
