import { Network } from './network.js';
export type Bot = import('./types.js').Bot;
export type Happened = import('./types.js').Happened;
export type Json = import('./types.js').Json;
export type MockOptions = import('./types.js').MockOptions;
export type MockPerson = import('./types.js').MockPerson;
export type Role = import('./types.js').Role;
export type Who = string | MockPerson;
export type Ref = string | {
    id: string;
};
export declare class Mock extends Network {
    #private;
    /**
     * The person of this name, registered on first mention. The very first one is the administrator, as on a real server.
     * @param {string} name
     * @param {{password?: string}} [how]
     * @returns {MockPerson}
     */
    person(name: string, how?: {
        password?: string;
    }): MockPerson;
    /**
     * Options of a client that is logged in as this person: `new Colloquy(mock.as('ann'))`.
     * @param {Who} who
     */
    as(who: Who): {
        url: string;
        fetch: typeof globalThis.fetch;
        WebSocket: any;
        tokens: {
            access_token: string;
            refresh_token: string;
        };
    };
    /**
     * @param {{name?: string, owner?: Who, description?: string, instructions?: string, model?: string, settings?: Json}} [fields]
     */
    bot({ name, owner, ...fields }?: {
        name?: string;
        owner?: Who;
        description?: string;
        instructions?: string;
        model?: string;
        settings?: Json;
    }): {
        instructions?: undefined;
        model?: undefined;
        settings?: undefined;
        id: string;
        name: string;
        description: string;
        version: number;
        role: import("./types.js").Role | null;
        owners: {
            user_id: string;
            username: string;
        }[];
        created_at: string;
        updated_at: string;
    } | {
        instructions: string;
        model: string;
        settings: import("./types.js").Json;
        id: string;
        name: string;
        description: string;
        version: number;
        role: import("./types.js").Role | null;
        owners: {
            user_id: string;
            username: string;
        }[];
        created_at: string;
        updated_at: string;
    };
    /** Gives or changes a role. @param {Ref} bot @param {Who} who @param {Role} [role] @param {{expires_at?: string | null, by?: Who}} [how] */
    grant(bot: Ref, who: Who, role?: Role, { expires_at, by }?: {
        expires_at?: string | null;
        by?: Who;
    }): void;
    /** Takes a role: the event, then 4003. @param {Ref} bot @param {Who} who @param {{by?: Who}} [how] */
    revoke(bot: Ref, who: Who, { by }?: {
        by?: Who;
    }): void;
    /** A role reaches its end date. @param {Ref} bot @param {Who} who */
    expireRole(bot: Ref, who: Who): void;
    /** Changes a bot's configuration. @param {Ref} bot @param {Json} fields @param {{by?: Who}} [how] */
    change(bot: Ref, fields: Json, { by }?: {
        by?: Who;
    }): void;
    /** @param {Ref} bot */
    deleteBot(bot: Ref): void;
    /** @param {Ref} bot @param {boolean} [suspended] */
    suspend(bot: Ref, suspended?: boolean): void;
    /** @param {Ref} bot @param {{title?: string, by?: Who, visibility?: 'shared' | 'private', auto_reply?: boolean}} [fields] */
    session(bot: Ref, { by, ...fields }?: {
        title?: string;
        by?: Who;
        visibility?: 'shared' | 'private';
        auto_reply?: boolean;
    }): {
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
    /** @param {Ref} session */
    closeSession(session: Ref): void;
    /**
     * Somebody posts. The bot answers only if `reply` says so.
     * @param {Ref} session
     * @param {Who} who
     * @param {string} content
     * @param {{reply?: boolean, mentions?: string[]}} [how]
     */
    post(session: Ref, who: Who, content: string, { reply, mentions }?: {
        reply?: boolean;
        mentions?: string[];
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
    };
    /**
     * The bot writes an answer, piece by piece, to the last message of the session or to `question`. Resolves to the message.
     * @param {Ref} session
     * @param {string} text
     * @param {import('./answers.js').How & {question?: Ref}} [how] `pieces`: how many, or the pieces themselves; `delay`: milliseconds between them
     */
    answer(session: Ref, text: string, { question, ...how }?: import('./answers.js').How & {
        question?: Ref;
    }): Promise<{
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
    }>;
    /** @param {Ref} message @param {string} content */
    edit(message: Ref, content: string): void;
    /** @param {Ref} message */
    remove(message: Ref): void;
    /** @param {Ref} session @param {Who} who @param {Ref} message */
    read(session: Ref, who: Who, message: Ref): void;
    /** @param {Ref} session @param {Who} who @param {boolean} [is_typing] */
    typing(session: Ref, who: Who, is_typing?: boolean): void;
    /** Somebody comes, and looks at a session if one is named. @param {Ref} bot @param {Who} who @param {Ref | null} [session] */
    arrive(bot: Ref, who: Who, session?: Ref | null): void;
    /** @param {Ref} bot @param {Who} who */
    depart(bot: Ref, who: Who): void;
    /**
     * @param {Ref} bot
     * @param {{filename?: string, by?: Who, text?: string, status?: 'queued' | 'processed' | 'failed', error?: string}} [fields]
     */
    document(bot: Ref, { filename, by, text, status, error }?: {
        filename?: string;
        by?: Who;
        text?: string;
        status?: 'queued' | 'processed' | 'failed';
        error?: string;
    }): {
        [x: string]: any;
    };
    /** A document gets on, as a progress bar shows it. @param {Ref} document @param {number} progress @param {string} [stage] */
    progress(document: Ref, progress: number, stage?: string): void;
    /** Brings a document to its end. @param {Ref} document @param {{error?: string}} [how] */
    process(document: Ref, how?: {
        error?: string;
    }): void;
    /** An administrator tells everybody something. @param {string} message @param {{title?: string, level?: 'info' | 'warning'}} [how] */
    broadcast(message: string, { title, level }?: {
        title?: string;
        level?: 'info' | 'warning';
    }): void;
}
/**
 * A mock server with nobody in it.
 * @param {MockOptions} [options]
 */
export declare function mockServer(options?: MockOptions): Mock;
