import type { BotModel, Floor, Frame, Message, MessageList, Session } from './types.js';
/** @import { BotModel, Floor, Frame, Message, MessageList, Session } from './types.js' */
/** @type {MessageList} */
export declare const EMPTY: MessageList;
/** @type {Floor} */
export declare const NOTHING_READ: Floor;
/**
 * @param {BotModel} model
 * @param {string} session_id
 */
export declare function listOf(model: BotModel, session_id: string): MessageList;
/**
 * @param {BotModel} model
 * @param {string} session_id
 */
export declare function sessionOf(model: BotModel, session_id: string): Session | undefined;
/**
 * @param {BotModel} model
 * @param {string} session_id
 * @returns {Floor}
 */
export declare function floorOf(model: BotModel, session_id: string): Floor;
/**
 * @param {readonly Message[]} items
 * @param {string} id
 */
export declare function indexOf(items: readonly Message[], id: string): number;
/**
 * @param {BotModel} model
 * @param {{ user_id: string | null }} message
 */
export declare function byOther(model: BotModel, message: {
    user_id: string | null;
}): boolean;
/**
 * @param {BotModel} model
 * @param {readonly Message[]} items
 * @param {Floor} floor
 */
export declare function unreadIn(model: BotModel, items: readonly Message[], floor: Floor): number;
/**
 * @param {BotModel} model
 * @param {string} session_id
 * @param {Partial<Session>} change
 */
export declare function changeSession(model: BotModel, session_id: string, change: Partial<Session>): BotModel;
/**
 * @param {BotModel} model
 * @param {string} session_id
 * @param {Floor} floor
 * @returns {BotModel}
 */
export declare function putFloor(model: BotModel, session_id: string, floor: Floor): BotModel;
/**
 * The messages and where their unread part begins, with the session's count brought in line.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {MessageList} list
 * @param {Floor} floor
 */
export declare function setList(model: BotModel, session_id: string, list: MessageList, floor: Floor): BotModel;
/**
 * The floor of a session whose count the server gave, with the messages that came with it.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {readonly Message[]} items
 * @param {number} unread
 * @returns {Floor}
 */
export declare function floorFor(model: BotModel, session_id: string, items: readonly Message[], unread: number): Floor;
/**
 * @param {BotModel} model
 * @param {string} session_id
 */
export declare function markOf(model: BotModel, session_id: string): string | undefined;
/**
 * One has read up to this message. Never backwards. A message that is not loaded is one still to come or an old one: until
 * it is known which, the count is in doubt.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} message_id
 */
export declare function moveFloor(model: BotModel, session_id: string, message_id: string): BotModel;
/**
 * Of two loaded messages, is the first older? Undefined when one of them is not loaded.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} first
 * @param {string} second
 */
export declare function isOlder(model: BotModel, session_id: string, first: string, second: string): boolean | undefined;
/**
 * @param {BotModel} model
 * @param {string} session_id
 * @returns {BotModel}
 */
export declare function doubt(model: BotModel, session_id: string): BotModel;
/**
 * @param {BotModel} model
 * @param {string} session_id
 * @returns {BotModel}
 */
export declare function settle(model: BotModel, session_id: string): BotModel;
/**
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} message_id
 */
export declare function isMark(model: BotModel, session_id: string, message_id: string): boolean;
/**
 * A mark that somebody has moved. The message it is on was told before; where it is not loaded it is an old one, or one that was
 * deleted meanwhile, which moves the mark elsewhere.
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function readMoved(model: BotModel, { data: { session_id, user_id, message_id } }: Frame): {
    status: 'loading' | 'live' | 'away' | 'gone';
    code?: string;
    reason?: import("./types.js").GoneReason;
    bot: import("./types.js").Bot | null;
    role: import("./types.js").Role | null;
    me: import("./types.js").PersonName | null;
    members: readonly import("./types.js").Member[];
    sessions: readonly Session[];
    moreSessions: boolean;
    documents: readonly import("./types.js").Document[];
    moreDocuments: boolean;
    messages: Readonly<Record<string, MessageList>>;
    answers: Readonly<Record<string, import("./types.js").Answer>>;
    typing: Readonly<Record<string, readonly import("./types.js").PersonName[]>>;
    online: readonly import("./types.js").OnlinePerson[];
    waiting: Readonly<Record<string, readonly import("./types.js").WaitingSend[]>>;
    seq: number;
    book: import("./types.js").Book;
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
/**
 * A mark never moves backwards, also where an older word of it arrives late.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} user_id
 * @param {string} message_id
 */
export declare function moveMark(model: BotModel, session_id: string, user_id: string, message_id: string): {
    status: 'loading' | 'live' | 'away' | 'gone';
    code?: string;
    reason?: import("./types.js").GoneReason;
    bot: import("./types.js").Bot | null;
    role: import("./types.js").Role | null;
    me: import("./types.js").PersonName | null;
    members: readonly import("./types.js").Member[];
    sessions: readonly Session[];
    moreSessions: boolean;
    documents: readonly import("./types.js").Document[];
    moreDocuments: boolean;
    messages: Readonly<Record<string, MessageList>>;
    answers: Readonly<Record<string, import("./types.js").Answer>>;
    typing: Readonly<Record<string, readonly import("./types.js").PersonName[]>>;
    online: readonly import("./types.js").OnlinePerson[];
    waiting: Readonly<Record<string, readonly import("./types.js").WaitingSend[]>>;
    seq: number;
    book: import("./types.js").Book;
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
/**
 * Marks on a message that is deleted.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {string} message_id
 * @param {string | null} to
 */
export declare function moveMarks(model: BotModel, session_id: string, message_id: string, to: string | null): BotModel;
/**
 * Marks of those who lost their role are shown to nobody, and are there again when they come back.
 * @param {BotModel} model
 * @param {string} user_id
 * @returns {BotModel}
 */
export declare function hideMarks(model: BotModel, user_id: string): BotModel;
/**
 * @param {BotModel} model
 * @param {string} user_id
 * @returns {BotModel}
 */
export declare function showMarks(model: BotModel, user_id: string): BotModel;
/**
 * What the server says of a session in doubt.
 * @param {BotModel} model
 * @param {Session} session
 * @param {Readonly<Record<string, string>>} marks
 */
export declare function sessionCounted(model: BotModel, { id, unread, message_count }: Session, marks: Readonly<Record<string, string>>): BotModel;
