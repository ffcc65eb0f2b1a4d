import type { Held } from './needs.js';
import type { BotModel } from './types.js';
export type Entry = {
    sent: any;
    /**
     * The one that is listened to: trying again makes another.
     */
    result: Promise<any>;
    /**
     * By the answer to the call.
     */
    message_id: string | null;
    /**
     * When that came.
     */
    at: number;
    /**
     * A message that came while the call was under way and looks like this one.
     */
    twin: string | null;
    retry: () => void;
    discard: () => void;
};
/**
 * @typedef {object} Entry
 * @property {any} sent
 * @property {Promise<any>} result  The one that is listened to: trying again makes another.
 * @property {string | null} message_id  By the answer to the call.
 * @property {number} at  When that came.
 * @property {string | null} twin  A message that came while the call was under way and looks like this one.
 * @property {() => void} retry
 * @property {() => void} discard
 */
export declare class Waiting {
    #private;
    /** @param {Held} held */
    constructor(held: Held);
    end(): void;
    /** Another person's sends are none of the next one's. */
    forget(): void;
    /**
     * A message of anybody. Reducer with the memory of what was sent.
     * @param {BotModel} model
     * @param {{ message_id: string, user_id: string | null, session_id: string, content: string }} message
     */
    posted(model: BotModel, { message_id, user_id, session_id, content }: {
        message_id: string;
        user_id: string | null;
        session_id: string;
        content: string;
    }): BotModel;
    /**
     * In a state loaded afresh, what was sent before that began is contained, or deleted since.
     * @param {BotModel} model
     * @param {number} began
     */
    reconciled(model: BotModel, began: number): BotModel;
    /**
     * The key of the send that became this message, or the message's own id: the same for a row while it is sent and after.
     * @param {string} message_id
     */
    keyOf(message_id: string): string;
    /**
     * The model with the sends that are to be shown in it.
     * @param {BotModel} model
     * @returns {BotModel}
     */
    shown(model: BotModel): BotModel;
}
