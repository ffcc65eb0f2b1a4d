import type { BotModel, Frame, Message, MessageList, Session } from './types.js';
/** @import { BotModel, Frame, Message, MessageList, Session } from './types.js' */
/** How many messages are kept of a session that nobody has open; half as many again may gather before they are cut. */
export declare const KEPT = 200;
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function messagePosted(model: BotModel, frame: Frame): {
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
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
    waiting: Readonly<Record<string, readonly import("./types.js").WaitingSend[]>>;
    seq: number;
    book: {
        epoch: string;
        floors: Readonly<Record<string, import("./types.js").Floor>>;
        hidden: Readonly<Record<string, Readonly<Record<string, string>>>>;
        doubtful: ReadonlySet<string>;
        configStale: boolean;
        blanked: ReadonlySet<any>;
    };
};
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function messageUpdated(model: BotModel, { data }: Frame): {
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
    answers: Readonly<Record<string, import("./types.js").Answer>>;
    typing: Readonly<Record<string, readonly import("./types.js").PersonName[]>>;
    online: readonly import("./types.js").OnlinePerson[];
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
    waiting: Readonly<Record<string, readonly import("./types.js").WaitingSend[]>>;
    seq: number;
    book: import("./types.js").Book;
    messages: Readonly<Record<string, {
        more: boolean;
        loading: boolean;
        items: readonly {
            id: string;
            message_id: string;
            session_id: string;
            bot_id: string;
            user_id: string | null;
            username: string;
            role: string;
            timestamp: string;
            content: any;
            metadata: any;
            edited_at: any;
        }[];
    }>>;
};
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function messageDeleted(model: BotModel, { data: { message_id, session_id } }: Frame): {
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
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
    waiting: Readonly<Record<string, readonly import("./types.js").WaitingSend[]>>;
    seq: number;
    book: {
        epoch: string;
        floors: Readonly<Record<string, import("./types.js").Floor>>;
        hidden: Readonly<Record<string, Readonly<Record<string, string>>>>;
        doubtful: ReadonlySet<string>;
        configStale: boolean;
        blanked: ReadonlySet<any>;
    };
};
/**
 * @param {BotModel} model
 * @param {Frame} frame
 */
export declare function sessionChanged(model: BotModel, { type, data: { session } }: Frame): BotModel;
/**
 * @param {BotModel} model
 * @param {Session} session
 * @param {MessageList} list
 */
export declare function addSession(model: BotModel, session: Session, list: MessageList): BotModel;
/**
 * @param {BotModel} model
 * @param {Frame} frame
 * @returns {BotModel}
 */
export declare function sessionDeleted(model: BotModel, { data: { session: { id } } }: Frame): BotModel;
/**
 * A page that ends right before the oldest loaded message, or, where none was loaded, with the newest one.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {readonly Message[]} page
 * @param {boolean} more
 */
export declare function joinPage(model: BotModel, session_id: string, page: readonly Message[], more: boolean): BotModel;
/**
 * The oldest messages of a session are let go.
 * @param {BotModel} model
 * @param {string} session_id
 * @param {number} [kept]
 */
export declare function trim(model: BotModel, session_id: string, kept?: number): BotModel;
