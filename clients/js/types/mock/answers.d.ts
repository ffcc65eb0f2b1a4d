import { World } from './world.js';
export type Answer = import('./types.js').Answer;
export type Bot = import('./types.js').Bot;
export type Message = import('./types.js').Message;
export type Role = import('./types.js').Role;
export type Session = import('./types.js').Session;
export type User = import('./types.js').User;
export type How = {
    pieces?: number | string[];
    delay?: number;
    status?: 'complete' | 'failed';
    regenerates?: string;
    citations?: any[];
};
/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').User} User */
/** @typedef {{pieces?: number | string[], delay?: number, status?: 'complete' | 'failed', regenerates?: string, citations?: any[]}} How */
/**
 * Asks the responder. Gives the id of the answer, or null if there is none.
 * @param {World} world
 * @param {Bot} bot
 * @param {Session} session
 * @param {Message} question
 * @param {How} [how]
 */
export declare function ask(world: World, bot: Bot, session: Session, question: Message, how?: How): string | null;
/**
 * Streams an answer.
 * @param {World} world
 * @param {Bot} bot
 * @param {Session} session
 * @param {string} question_id
 * @param {string} text
 * @param {How} how
 * @returns {{message_id: string, done: Promise<Message>}}
 */
export declare function answer(world: World, bot: Bot, session: Session, question_id: string, text: string, { pieces, delay, status, regenerates, citations }: How): {
    message_id: string;
    done: Promise<Message>;
};
/** @param {Answer} answer */
export declare function statusData({ message_id, session_id, question_id, status }: Answer): {
    message_id: string;
    session_id: string;
    question_id: string;
    status: "queued" | "running";
    position: number;
};
/**
 * Answers that are being written and that a person may see.
 * @param {World} world
 * @param {string} bot
 * @param {string} user
 */
export declare function answersOf(world: World, bot: string, user: string): import("./types.js").Answer[];
/**
 * @param {World} world
 * @param {User} user
 * @param {string} id
 */
export declare function cancelAnswer(world: World, user: User, id: string): {
    message_id: string;
    status: any;
};
/**
 * @param {World} world
 * @param {User} user
 * @param {string} id
 */
export declare function regenerateAnswer(world: World, user: User, id: string): {
    answer: {
        message_id: string | null;
    };
};
