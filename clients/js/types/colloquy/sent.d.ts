import { ColloquyError } from './error.js';
import type { Outbox } from './outbox.js';
import type { KeptSend } from './storage.js';
import type { PostedView } from './schema.js';
export type SentStatus = 'waiting' | 'sending' | 'sent' | 'failed';
/** @import { Outbox } from './outbox.js' */
/** @import { KeptSend } from './storage.js' */
/** @import { PostedView } from './schema.js' */
/** @typedef {'waiting' | 'sending' | 'sent' | 'failed'} SentStatus */
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
    /** When it was tried first. Since then it may have arrived. @type {number | null} */
    triedAt: number | null;
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
    /** It may have arrived already. */
    get tried(): boolean;
    /** Tries a failed one again, if the outbox still has it. */
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
export declare function discarded(): ColloquyError;
