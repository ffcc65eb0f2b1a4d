import type { Bot, BotModel, Frame, GoneReason, Member, OnlinePerson, Role } from './types.js';
/** @import { Bot, BotModel, Frame, GoneReason, Member, OnlinePerson, Role } from './types.js' */
/** What only editors and owners see of a bot. */
export declare const CONFIGURATION: readonly ['instructions', 'model', 'settings'];
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function permissionChanged(model: BotModel, { data, timestamp }: Frame): BotModel;
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function botUpdated(model: BotModel, { data, timestamp }: Frame): BotModel;
/**
 * One's own role: who becomes an editor has the configuration to load, who is one no more loses it.
 * @param {BotModel} model
 * @param {Role} role
 * @returns {BotModel}
 */
export declare function setRole(model: BotModel, role: Role): BotModel;
/** @param {Role | null} role */
export declare function mayConfigure(role: Role | null): role is "editor" | "owner";
/**
 * The configuration as an editor loads it. An older version than the known one is no use: one is asked for again.
 * @param {BotModel} model
 * @param {Bot} bot
 * @returns {BotModel}
 */
export declare function configLoaded(model: BotModel, bot: Bot): BotModel;
/**
 * The bot is out of reach: what one may see no more is let go; the name stays, to be told what was lost.
 * @param {BotModel} model
 * @param {GoneReason} reason  What an event told stands; a guess gives way to it.
 * @param {string} [code]
 * @returns {BotModel}
 */
export declare function lose(model: BotModel, reason: GoneReason, code?: string): BotModel;
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function presenceChanged(model: BotModel, { data: { user_id, username, status, session_id } }: Frame): BotModel;
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function typingChanged(model: BotModel, { data: { user_id, username, session_id, is_typing } }: Frame): {
    status: 'loading' | 'live' | 'away' | 'gone';
    code?: string;
    reason?: GoneReason;
    bot: Bot | null;
    role: Role | null;
    me: import("./types.js").PersonName | null;
    members: readonly Member[];
    sessions: readonly import("./types.js").Session[];
    moreSessions: boolean;
    documents: readonly import("./types.js").Document[];
    moreDocuments: boolean;
    messages: Readonly<Record<string, import("./types.js").MessageList>>;
    answers: Readonly<Record<string, import("./types.js").Answer>>;
    online: readonly OnlinePerson[];
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
    waiting: Readonly<Record<string, readonly import("./types.js").WaitingSend[]>>;
    seq: number;
    book: import("./types.js").Book;
    typing: Readonly<Record<string, readonly import("./types.js").PersonName[]>>;
};
/**
 * @param {BotModel} model
 * @param {string | null} user_id
 * @param {string | null} [session_id]  Absent: in all of them. Null: in no certain one.
 * @returns {BotModel}
 */
export declare function stopTyping(model: BotModel, user_id: string | null, session_id?: string | null): BotModel;
/**
 * The greeting of a new connection: who is there now, and the marks of the newest sessions. Nobody is typing until told.
 * @param {BotModel} model
 * @param {Frame} frame  Its data is that of `connection_established` or of `subscribed`.
 */
export declare function greeted(model: BotModel, { data }: Frame): BotModel;
