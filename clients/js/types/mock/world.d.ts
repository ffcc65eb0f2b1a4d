import { Live } from './live.js';
import { Stream } from './stream.js';
export type Access = import('./types.js').Access;
export type Answer = import('./types.js').Answer;
export type Bot = import('./types.js').Bot;
export type Happened = import('./types.js').Happened;
export type Json = import('./types.js').Json;
export type Message = import('./types.js').Message;
export type MockOptions = import('./types.js').MockOptions;
export type Notification = import('./types.js').Notification;
export type Role = import('./types.js').Role;
export type Session = import('./types.js').Session;
export type User = import('./types.js').User;
export type EventStream = import('./event_stream.js').EventStream;
export type Peer = import('./peer.js').Peer;
/** @typedef {import('./types.js').Access} Access */
/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Happened} Happened */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').MockOptions} MockOptions */
/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').Session} Session */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./event_stream.js').EventStream} EventStream */
/** @typedef {import('./peer.js').Peer} Peer */
/** @type {readonly Role[]} */
export declare const ROLES: readonly Role[];
export declare class World {
    #private;
    url: string;
    accessToken: number;
    replayLimit: number;
    latency: number;
    socketsPerUser: number;
    grace: number;
    pace: number;
    responder: (question: {
        content: string;
        session_id: string;
        bot_id: string;
    }) => string | null;
    now: () => number;
    live: Live;
    /** @type {Map<string, User>} */
    users: Map<string, User>;
    /** @type {Map<string, Access>} */
    tokens: Map<string, Access>;
    /** By refresh token: its family, and the pair it was already exchanged for.
     * @type {Map<string, {user_id: string, family: string, next: Json | null, used: boolean}>} */
    refreshes: Map<string, {
        user_id: string;
        family: string;
        next: Json | null;
        used: boolean;
    }>;
    /** @type {Map<string, {user_id: string, expires_at: number, access: Access}>} */
    tickets: Map<string, {
        user_id: string;
        expires_at: number;
        access: Access;
    }>;
    /** @type {Map<string, Bot>} */
    bots: Map<string, Bot>;
    /** @type {Map<string, Session>} */
    sessions: Map<string, Session>;
    /** By session, oldest first.
     * @type {Map<string, Message[]>} */
    messages: Map<string, Message[]>;
    /** @type {Map<string, Answer>} */
    answers: Map<string, Answer>;
    /** @type {Map<string, Json>} */
    documents: Map<string, Json>;
    /** Read markers: by session, then by person.
     * @type {Map<string, Map<string, string>>} */
    read: Map<string, Map<string, string>>;
    /** Newest first, by person.
     * @type {Map<string, Notification[]>} */
    notifications: Map<string, Notification[]>;
    /** Answers under idempotency keys.
     * @type {Map<string, {body: string, status: number, answer: any}>} */
    keys: Map<string, {
        body: string;
        status: number;
        answer: any;
    }>;
    /** Open sockets and event streams. @type {Set<Peer | EventStream>} */
    peers: Set<Peer | EventStream>;
    /** @type {Happened[]} */
    history: Happened[];
    /** Nothing gets through while it is set. */
    offline: boolean;
    /** Sockets stay open and nothing passes either way while it is set. */
    deaf: boolean;
    /** As proxies do that know no WebSockets. */
    refusesUpgrades: boolean;
    epoch: string;
    /** @param {MockOptions} options */
    constructor(options: MockOptions);
    /** Ids look like the server's and are the same in every run: version 7, rising. */
    id(): string;
    /** A time as the server writes it. Microseconds are made up, so that two are never the same. */
    time(at?: number): string;
    /**
     * Runs something later. Timers die with `stop`; those that nobody waits for do not keep a process alive.
     * @param {() => void} then
     * @param {number} ms
     * @param {{keep?: boolean}} [how]
     * @returns {() => void} takes it back
     */
    later(then: () => void, ms: number, { keep }?: {
        keep?: boolean;
    }): () => void;
    /** Ends every connection, as a cable that is pulled. */
    cut(): void;
    /** @param {() => void} end @returns {() => void} */
    whenCut(end: () => void): () => void;
    stop(): void;
    /** @param {any} what */
    happened(what: any): void;
    /** @param {string} id of a bot or a person */
    stream(id: string): Stream;
    /** A life begins: as after a restore from a backup. Numbers go on from what is there. */
    newEpoch(): void;
    /**
     * Records an event of a bot.
     * @param {Bot} bot
     * @param {string} type
     * @param {Json} data
     * @param {string | null} [privateTo]
     */
    record(bot: Bot, type: string, data: Json, privateTo?: string | null): {
        seq: number;
    };
    /** @param {string | undefined} name */
    userNamed(name: string | undefined): import("./types.js").User | undefined;
    /**
     * The person of a bearer token.
     * @param {string | undefined | null} token
     * @returns {Access}
     */
    authenticate(token: string | undefined | null): Access;
    /**
     * @param {Bot} bot
     * @param {string} user
     * @returns {Role | null}
     */
    roleOn(bot: Bot, user: string): Role | null;
    /**
     * The bot, if the person has at least this role on it.
     * @param {string} user
     * @param {string} id
     * @param {Role} [needed]
     * @returns {Bot}
     */
    bot(user: string, id: string, needed?: Role): Bot;
    /**
     * The session, if the person may read it.
     * @param {string} user
     * @param {string} id
     * @returns {{session: Session, bot: Bot, role: Role}}
     */
    session(user: string, id: string): {
        session: Session;
        bot: Bot;
        role: Role;
    };
    /**
     * The message and where it is, if the person may read it.
     * @param {string} user
     * @param {string} id
     */
    message(user: string, id: string): {
        session: Session;
        bot: Bot;
        role: Role;
        message: import("./types.js").Message;
    };
    /** Whom a session's private events are for. @param {Session} session */
    static privateTo(session: Session): string | null;
}
