import type { Answer, BotModel, Frame } from './types.js';
/** @import { Answer, BotModel, Frame } from './types.js' */
/**
 * How many characters a text has. The server never sends half a surrogate pair.
 * @param {string} text
 */
export declare function characters(text: string): number;
/**
 * The first so many characters. Without surrogates, which is nearly always, it is a plain slice.
 * @param {string} text
 * @param {number} length  How many characters it has.
 * @param {number} count
 */
export declare function firstCharacters(text: string, length: number, count: number): string;
/**
 * An answer as the snapshot gives it.
 * @param {{ message_id: string, session_id: string, question_id: string, status: string, content: string }} answer
 * @returns {Answer}
 */
export declare function answerFrom({ message_id, session_id, question_id, status, content }: {
    message_id: string;
    session_id: string;
    question_id: string;
    status: string;
    content: string;
}): Answer;
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function answerStatus(model: BotModel, { data }: Frame): BotModel;
/**
 * A piece beyond what is held means that pieces between were shed; one from the start follows then.
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function answerDelta(model: BotModel, { data: { message_id, session_id, offset, content } }: Frame): BotModel;
/**
 * @param {BotModel} model
 * @param {string} message_id
 * @returns {BotModel}
 */
export declare function dropAnswer(model: BotModel, message_id: string): BotModel;
/**
 * The answers of a fresh snapshot beside those that live frames built: of each the longer text, since pieces that came
 * meanwhile go on from it.
 * @param {Readonly<Record<string, Answer>>} held
 * @param {readonly Answer[]} fresh
 * @returns {Readonly<Record<string, Answer>>}
 */
export declare function mergeAnswers(held: Readonly<Record<string, Answer>>, fresh: readonly Answer[]): Readonly<Record<string, Answer>>;
