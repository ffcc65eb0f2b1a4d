import type { BotModel, Frame, PersonName, Snapshot } from './types.js';
/**
 * A state loaded afresh, in place of the held one. What is sent and how the connection stands is not the server's to say.
 * @param {BotModel} held
 * @param {Snapshot} snapshot
 * @param {PersonName} me
 * @returns {BotModel}
 */
export declare function fromSnapshot(held: BotModel, snapshot: Snapshot, me: PersonName): BotModel;
/** @param {{ read?: { user_id: string, message_id: string }[] }} session */
export declare function marksOf({ read }: {
    read?: {
        user_id: string;
        message_id: string;
    }[];
}): {
    [k: string]: string;
};
/**
 * One frame. A durable event that the model already contains is left out; a type that is not known changes nothing.
 * @param {BotModel} model
 * @param {Frame} frame
 * @returns {BotModel}
 */
export declare function reduce(model: BotModel, frame: Frame): BotModel;
