import { ColloquyError } from './error.js';
import type { Core } from './core.js';
import type { KeptSend, OutboxStorage } from './storage.js';
import type { PostedView } from './schema.js';
export type SentStatus = 'waiting' | 'sending' | 'sent' | 'failed';
export type SendOptions = {
    reply?: boolean;
    mentions?: string[];
    bot_id?: string;
    key?: string;
};
/** A message on its way. */
export declare class Sent {
    #private;
    key: string;
    session_id: string;
    content: string;
    reply: boolean | undefined;
    mentions: string[] | undefined;
    bot_id: string | undefined;
    /** When it was written. */
    at: number;
    /** It may have arrived already. */
    tried: boolean;
    /** @type {SentStatus} */
    status: SentStatus;
    /** Why it failed. @type {ColloquyError | undefined} */
    error: ColloquyError | undefined;
    /** The message and the answer that was asked for; rejects if the server refuses it. @type {Promise<PostedView>} */
    result: Promise<PostedView>;
    /**
     * @param {Outbox} outbox
     * @param {KeptSend} kept
     */
    constructor(outbox: Outbox, kept: KeptSend);
    /** Tries a failed one again. */
    retry(): void;
    /** Takes it back. One that is being sent may have arrived all the same. */
    discard(): void;
    /** For the outbox. @param {PostedView} posted */
    done(posted: PostedView): void;
    /** For the outbox. @param {ColloquyError} error */
    fail(error: ColloquyError): void;
    /** @returns {KeptSend} */
    get kept(): KeptSend;
}
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
    /** For a failed entry. @param {Sent} sent */
    again(sent: Sent): void;
    /** @param {Sent} sent */
    drop(sent: Sent): void;
    close(): void;
}
