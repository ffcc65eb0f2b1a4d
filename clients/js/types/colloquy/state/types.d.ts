export type Role = 'viewer' | 'editor' | 'owner';
export type PersonName = {
    user_id: string;
    username: string;
};
export type OnlinePerson = {
    user_id: string;
    username: string;
    session_id: string | null;
};
export type Bot = {
    id: string;
    name: string;
    description: string;
    instructions?: string;
    model?: string;
    settings?: any;
    version: number;
    role?: string | null;
    owners: PersonName[];
    created_at: string;
    updated_at: string;
};
export type Member = {
    user_id: string;
    username: string;
    role: string;
    granted_by: string | null;
    granted_at: string;
    expires_at: string | null;
};
export type Session = {
    id: string;
    bot_id: string;
    title: string;
    visibility: string;
    status: string;
    auto_reply: boolean;
    created_by: string;
    username: string;
    created_at: string;
    updated_at: string;
    message_count: number;
    unread: number;
};
export type Message = {
    id: string;
    message_id: string;
    session_id: string;
    bot_id: string;
    user_id: string | null;
    username: string;
    role: string;
    content: string;
    metadata: any;
    timestamp: string;
    edited_at: string | null;
};
export type Document = {
    id: string;
    bot_id: string;
    filename: string;
    content_type: string;
    size: number;
    sha256: string;
    status: string;
    stage: string | null;
    progress: number;
    error: any;
    chunks: number | null;
    pages: number | null;
    uploaded_by: string | null;
    created_at: string;
};
export type Answer = {
    message_id: string;
    session_id: string;
    question_id: string | null;
    status: string;
    position: number;
    content: string;
    length: number;
};
export type MessageList = {
    items: readonly Message[];
    more: boolean;
    loading: boolean;
};
export type WaitingSend = {
    key: string;
    session_id: string;
    content: string;
    status: 'waiting' | 'sending' | 'sent' | 'failed';
    error?: any;
    message_id?: string;
    retry: () => void;
    discard: () => void;
};
export type GoneReason = {
    kind: 'revoked' | 'expired' | 'left' | 'suspended' | 'deleted' | 'not_found' | 'signed_out';
    by: {
        user_id: string;
        username: string | null;
    } | null;
    at: string | null;
};
export type BotView = {
    status: 'loading' | 'live' | 'away' | 'gone';
    /**
     * Why it is not live, in the server's word.
     */
    code?: string;
    /**
     * With status `gone`.
     */
    reason?: GoneReason;
    bot: Bot | null;
    role: Role | null;
    me: PersonName | null;
    members: readonly Member[];
    /**
     * Newest first.
     */
    sessions: readonly Session[];
    /**
     * There are older ones.
     */
    moreSessions: boolean;
    /**
     * Newest first.
     */
    documents: readonly Document[];
    moreDocuments: boolean;
    /**
     * By session.
     */
    messages: Readonly<Record<string, MessageList>>;
    /**
     * By message id, in the order in which they were asked for.
     */
    answers: Readonly<Record<string, Answer>>;
    /**
     * By session; '' for no certain one.
     */
    typing: Readonly<Record<string, readonly PersonName[]>>;
    online: readonly OnlinePerson[];
    /**
     * By session and person: up to which message.
     */
    read: Readonly<Record<string, Readonly<Record<string, string>>>>;
    /**
     * By session, in the order of sending.
     */
    waiting: Readonly<Record<string, readonly WaitingSend[]>>;
    seq: number;
};
export type Floor = {
    /**
     * The newest loaded message that is read; null: none of the loaded ones is.
     */
    at: string | null;
    /**
     * With null: how many unread ones are older than the loaded ones. While an event is still to
     * come whose message a page already brought, it is lower by that one.
     */
    older: number;
};
export type Book = {
    epoch: string;
    /**
     * By session.
     */
    floors: Readonly<Record<string, Floor>>;
    /**
     * Read marks of people without a role, by
     * person and session: the server keeps them for the day they come back.
     */
    hidden: Readonly<Record<string, Readonly<Record<string, string>>>>;
    /**
     * Messages whose text was taken out of the replay, until their deletion comes.
     */
    blanked: ReadonlySet<string>;
    /**
     * Sessions of which the unread count or the marks must be asked for.
     */
    doubtful: ReadonlySet<string>;
    /**
     * The configuration that only editors see must be loaded.
     */
    configStale: boolean;
};
export type BotModel = BotView & {
    book: Book;
};
export type Frame = {
    type: string;
    seq?: number;
    bot_id?: string;
    data?: any;
    timestamp?: string;
    [more: string]: any;
};
export type Snapshot = {
    bot: Bot;
    members: Member[];
    sessions: (Session & {
        read?: {
            user_id: string;
            message_id: string;
        }[];
    })[];
    messages: Record<string, Message[]>;
    documents: Document[];
    answers: any[];
    presence: OnlinePerson[];
    more: boolean;
    seq: number;
    epoch: string;
};
export type Notification = {
    id: string;
    notification_type: string;
    title: string;
    message: string;
    bot_id: string | null;
    action: string | null;
    details: any;
    created_at: string;
    read_at: string | null;
};
export type NotificationView = {
    status: 'loading' | 'live' | 'away' | 'gone';
    code?: string;
    /**
     * Newest first.
     */
    items: readonly Notification[];
    unread: number;
    more: boolean;
    /**
     * An older page is on its way.
     */
    loading: boolean;
    seq: number;
};
/** @typedef {'viewer' | 'editor' | 'owner'} Role */
/** @typedef {{ user_id: string, username: string }} PersonName */
/** @typedef {{ user_id: string, username: string, session_id: string | null }} OnlinePerson */
/**
 * @typedef {{ id: string, name: string, description: string, instructions?: string, model?: string, settings?: any,
 *   version: number, role?: string | null, owners: PersonName[], created_at: string, updated_at: string }} Bot
 *   Viewers have it without instructions, model and settings.
 */
/**
 * @typedef {{ user_id: string, username: string, role: string, granted_by: string | null, granted_at: string,
 *   expires_at: string | null }} Member
 */
/**
 * @typedef {{ id: string, bot_id: string, title: string, visibility: string, status: string, auto_reply: boolean,
 *   created_by: string, username: string, created_at: string, updated_at: string, message_count: number,
 *   unread: number }} Session
 *   Read marks are in `read` of the state.
 */
/**
 * @typedef {{ id: string, message_id: string, session_id: string, bot_id: string, user_id: string | null,
 *   username: string, role: string, content: string, metadata: any, timestamp: string,
 *   edited_at: string | null }} Message
 */
/**
 * @typedef {{ id: string, bot_id: string, filename: string, content_type: string, size: number, sha256: string,
 *   status: string, stage: string | null, progress: number, error: any, chunks: number | null, pages: number | null,
 *   uploaded_by: string | null, created_at: string }} Document
 */
/**
 * @typedef {{ message_id: string, session_id: string, question_id: string | null, status: string, position: number,
 *   content: string, length: number }} Answer
 *   An answer that is not finished. `status` is `queued` or `running`; `position` its place among those that wait
 *   `length` the number of characters (Unicode scalar values) of `content`.
 */
/** @typedef {{ items: readonly Message[], more: boolean, loading: boolean }} MessageList  Oldest first. */
/**
 * @typedef {{ key: string, session_id: string, content: string, status: 'waiting' | 'sending' | 'sent' | 'failed',
 *   error?: any, message_id?: string, retry: () => void, discard: () => void }} WaitingSend
 *   A send of one's own that is not yet in the messages: a picture of how it stands, a new object when that changes.
 */
/**
 * @typedef {{ kind: 'revoked' | 'expired' | 'left' | 'suspended' | 'deleted' | 'not_found' | 'signed_out',
 *   by: { user_id: string, username: string | null } | null, at: string | null }} GoneReason
 *   Why the bot is out of reach, and who did it, as far as one was told.
 */
/**
 * @typedef {object} BotView  What `get()` of a bot's state gives. Never changed in place.
 * @property {'loading' | 'live' | 'away' | 'gone'} status
 * @property {string} [code]  Why it is not live, in the server's word.
 * @property {GoneReason} [reason]  With status `gone`.
 * @property {Bot | null} bot
 * @property {Role | null} role
 * @property {PersonName | null} me
 * @property {readonly Member[]} members
 * @property {readonly Session[]} sessions  Newest first.
 * @property {boolean} moreSessions  There are older ones.
 * @property {readonly Document[]} documents  Newest first.
 * @property {boolean} moreDocuments
 * @property {Readonly<Record<string, MessageList>>} messages  By session.
 * @property {Readonly<Record<string, Answer>>} answers  By message id, in the order in which they were asked for.
 * @property {Readonly<Record<string, readonly PersonName[]>>} typing  By session; '' for no certain one.
 * @property {readonly OnlinePerson[]} online
 * @property {Readonly<Record<string, Readonly<Record<string, string>>>>} read  By session and person: up to which message.
 * @property {Readonly<Record<string, readonly WaitingSend[]>>} waiting  By session, in the order of sending.
 * @property {number} seq
 */
/**
 * @typedef {object} Floor  From where on a session's loaded messages are unread.
 * @property {string | null} at  The newest loaded message that is read; null: none of the loaded ones is.
 * @property {number} older  With null: how many unread ones are older than the loaded ones. While an event is still to
 *   come whose message a page already brought, it is lower by that one.
 */
/**
 * @typedef {object} Book  What the reducers must remember beside the view.
 * @property {string} epoch
 * @property {Readonly<Record<string, Floor>>} floors  By session.
 * @property {Readonly<Record<string, Readonly<Record<string, string>>>>} hidden  Read marks of people without a role, by
 *   person and session: the server keeps them for the day they come back.
 * @property {ReadonlySet<string>} blanked  Messages whose text was taken out of the replay, until their deletion comes.
 * @property {ReadonlySet<string>} doubtful  Sessions of which the unread count or the marks must be asked for.
 * @property {boolean} configStale  The configuration that only editors see must be loaded.
 */
/** @typedef {BotView & { book: Book }} BotModel */
/** @typedef {{ type: string, seq?: number, bot_id?: string, data?: any, timestamp?: string, [more: string]: any }} Frame */
/**
 * @typedef {{ bot: Bot, members: Member[], sessions: (Session & { read?: { user_id: string, message_id: string }[] })[],
 *   messages: Record<string, Message[]>, documents: Document[], answers: any[], presence: OnlinePerson[], more: boolean,
 *   seq: number, epoch: string }} Snapshot
 */
/**
 * @typedef {{ id: string, notification_type: string, title: string, message: string, bot_id: string | null,
 *   action: string | null, details: any, created_at: string, read_at: string | null }} Notification
 */
/**
 * @typedef {object} NotificationView  What `get()` of the notifications gives. Never changed in place.
 * @property {'loading' | 'live' | 'away' | 'gone'} status
 * @property {string} [code]
 * @property {readonly Notification[]} items  Newest first.
 * @property {number} unread
 * @property {boolean} more
 * @property {boolean} loading  An older page is on its way.
 * @property {number} seq
 */
export {};
