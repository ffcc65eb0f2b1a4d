import type { BotModel, Document, Frame } from './types.js';
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function documentUpdated(model: BotModel, { bot_id, seq, data: { action, document } }: Frame): {
    status: 'loading' | 'live' | 'away' | 'gone';
    code?: string;
    reason?: import("./types.js").GoneReason;
    bot: import("./types.js").Bot | null;
    role: import("./types.js").Role | null;
    me: import("./types.js").PersonName | null;
    members: readonly import("./types.js").Member[];
    sessions: readonly import("./types.js").Session[];
    moreSessions: boolean;
    moreDocuments: boolean;
    messages: Readonly<Record<string, import("./types.js").MessageList>>;
    answers: Readonly<Record<string, import("./types.js").Answer>>;
    typing: Readonly<Record<string, readonly import("./types.js").PersonName[]>>;
    online: readonly import("./types.js").OnlinePerson[];
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
    waiting: Readonly<Record<string, readonly import("./types.js").WaitingSend[]>>;
    seq: number;
    book: import("./types.js").Book;
    documents: readonly Document[];
};
/**
 * @param {BotModel} model
 * @param {Document} document
 * @returns {BotModel}
 */
export declare function putDocument(model: BotModel, document: Document): BotModel;
