import { World } from './world.js';
export type Bot = import('./types.js').Bot;
export type Json = import('./types.js').Json;
export type Message = import('./types.js').Message;
export type Role = import('./types.js').Role;
export type Session = import('./types.js').Session;
export type User = import('./types.js').User;
/** @param {Session} session */
export declare function sessionData(session: Session): {
    id: string;
    bot_id: string;
    title: string;
    visibility: 'shared' | 'private';
    status: 'open' | 'closed';
    auto_reply: boolean;
    created_by: string;
    username: string;
    created_at: string;
    updated_at: string;
};
/**
 * @param {World} world
 * @param {Session} session
 * @param {string} user
 */
export declare function sessionView(world: World, session: Session, user: string): {
    id: string;
    bot_id: string;
    title: string;
    visibility: 'shared' | 'private';
    status: 'open' | 'closed';
    auto_reply: boolean;
    created_by: string;
    username: string;
    created_at: string;
    updated_at: string;
    message_count: number;
    unread: number;
    read: {
        user_id: any;
        message_id: any;
    }[];
};
/** @param {Message} message */
export declare function messageView(message: Message): {
    id: string;
    session_id: string;
    bot_id: string;
    user_id: string | null;
    username: string;
    role: 'user' | 'assistant' | 'system';
    content: string;
    metadata: import("./types.js").Json;
    timestamp: string;
    edited_at: string | null;
    message_id: string;
};
/** @param {Message} message */
export declare function messageData({ id, bot_id: _, edited_at, ...message }: Message): {
    session_id: string;
    user_id: string | null;
    username: string;
    role: 'user' | 'assistant' | 'system';
    content: string;
    metadata: import("./types.js").Json;
    timestamp: string;
    message_id: string;
    edited_at?: string | undefined;
};
/**
 * The sessions of a bot that a person may read, newest first.
 * @param {World} world
 * @param {Bot} bot
 * @param {string} user
 */
export declare function sessionsOf(world: World, bot: Bot, user: string): import("./types.js").Session[];
/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {Json} body
 */
export declare function createSession(world: World, user: User, bot: Bot, { title, visibility, auto_reply }: Json): import("./types.js").Session;
/**
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot, role: Role}} where
 * @param {Json} body
 */
export declare function changeSession(world: World, user: User, { session, bot, role }: {
    session: Session;
    bot: Bot;
    role: Role;
}, body: Json): void;
/**
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot, role: Role}} where
 */
export declare function deleteSession(world: World, user: User, { session, bot, role }: {
    session: Session;
    bot: Bot;
    role: Role;
}): void;
/**
 * Posts, tells whom it mentions, and asks the bot when it is meant.
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot}} where
 * @param {Json} body
 */
export declare function post(world: World, user: User, { session, bot }: {
    session: Session;
    bot: Bot;
}, { content, reply, mentions }: Json): {
    message: {
        id: string;
        session_id: string;
        bot_id: string;
        user_id: string | null;
        username: string;
        role: 'user' | 'assistant' | 'system';
        content: string;
        metadata: import("./types.js").Json;
        timestamp: string;
        edited_at: string | null;
        message_id: string;
    };
    answer: {
        message_id: string;
    } | null;
};
/**
 * @param {World} world
 * @param {Bot} bot
 * @param {Session} session
 * @param {Pick<Message, 'user_id' | 'username' | 'role' | 'content' | 'metadata'> & {id?: string}} what
 */
export declare function add(world: World, bot: Bot, session: Session, what: Pick<Message, 'user_id' | 'username' | 'role' | 'content' | 'metadata'> & {
    id?: string;
}): import("./types.js").Message;
/**
 * @param {World} world
 * @param {User} user
 * @param {{message: Message, session: Session, bot: Bot}} where
 * @param {Json} body
 */
export declare function editMessage(world: World, user: User, { message, session, bot }: {
    message: Message;
    session: Session;
    bot: Bot;
}, { content }: Json): void;
/**
 * @param {World} world
 * @param {User} user
 * @param {{message: Message, session: Session, bot: Bot, role: Role}} where
 */
export declare function deleteMessage(world: World, user: User, { message, session, bot, role }: {
    message: Message;
    session: Session;
    bot: Bot;
    role: Role;
}): void;
/**
 * A page of messages, oldest to newest.
 * @param {World} world
 * @param {Session} session
 * @param {{before?: string | null, after?: string | null, limit: number}} page
 */
export declare function listMessages(world: World, session: Session, { before, after, limit }: {
    before?: string | null;
    after?: string | null;
    limit: number;
}): {
    id: string;
    session_id: string;
    bot_id: string;
    user_id: string | null;
    username: string;
    role: 'user' | 'assistant' | 'system';
    content: string;
    metadata: import("./types.js").Json;
    timestamp: string;
    edited_at: string | null;
    message_id: string;
}[];
/**
 * Moves a read marker, never backwards. Gives the one that stands.
 * @param {World} world
 * @param {User} user
 * @param {{session: Session, bot: Bot}} where
 * @param {string} message_id
 */
export declare function markRead(world: World, user: User, { session, bot }: {
    session: Session;
    bot: Bot;
}, message_id: string): {
    session_id: string;
    message_id: any;
};
