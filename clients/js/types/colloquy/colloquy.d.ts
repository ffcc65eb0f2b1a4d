import { Outbox } from './outbox.js';
import type { Channel } from './channel.js';
import type { ClientEvents } from './events.js';
import type { Options } from './options.js';
import type { SendOptions } from './outbox.js';
import type { Sent } from './sent.js';
import type { User } from './schema.js';
/** @import { Channel } from './channel.js' */
/** @import { Core } from './core.js' */
/** @import { ClientEvents } from './events.js' */
/** @import { Options } from './options.js' */
/** @import { SendOptions } from './outbox.js' */
/** @import { Sent } from './sent.js' */
/** @import { TokenPair } from './storage.js' */
/** @import { SignedIn, User } from './schema.js' */
export declare class Colloquy {
    #private;
    /** Every REST call, by its name in openapi.yaml. */
    api: import("./operations.js").Api;
    /** Messages on their way out. @type {Outbox} */
    outbox: Outbox;
    /** @param {Options} [options] */
    constructor(options?: Options);
    /** `closed`, `connecting`, `open` or `reconnecting`. */
    get state(): import("./line.js").LineState;
    /** Milliseconds there and back, or null while that is not known. */
    get latency(): number | null;
    /** `websocket`, `sse` or `poll`; null while nothing is open. */
    get transport(): import("./core.js").TransportName | null;
    /** Who is logged in, once that was told: after `logIn`, `register` or `whoAmI`. */
    get user(): User | null;
    /** Whether there is a log-in to try. */
    get signedIn(): boolean;
    /**
     * Listens to what concerns the client as a whole.
     * @template {keyof ClientEvents} K
     * @overload
     * @param {K} type
     * @param {(value: ClientEvents[K]) => unknown} fn
     * @returns {() => void}
     */
    /**
     * @overload
     * @param {string} type
     * @param {(value: any) => unknown} fn
     * @returns {() => void}
     */
    /**
     * @param {string} type
     * @param {(value: any) => unknown} fn
     */
    on<K extends keyof ClientEvents>(type: K, fn: (value: ClientEvents[K]) => unknown): () => void;
    /**
     * Listens to what concerns the client as a whole.
     * @template {keyof ClientEvents} K
     * @overload
     * @param {K} type
     * @param {(value: ClientEvents[K]) => unknown} fn
     * @returns {() => void}
     */
    /**
     * @overload
     * @param {string} type
     * @param {(value: any) => unknown} fn
     * @returns {() => void}
     */
    /**
     * @param {string} type
     * @param {(value: any) => unknown} fn
     */
    on(type: string, fn: (value: any) => unknown): () => void;
    /** @param {{username: string, password: string}} who */
    logIn(who: {
        username: string;
        password: string;
    }): Promise<User>;
    /** @param {{username: string, password: string, email?: string, setup_code?: string}} who */
    register(who: {
        username: string;
        password: string;
        email?: string;
        setup_code?: string;
    }): Promise<User>;
    /**
     * Ends this log-in, or all of this person's. Here it is over, whatever the server says; that the others go on is told by a rejection.
     * @param {{all?: boolean}} [how]
     */
    logOut({ all }?: {
        all?: boolean;
    }): Promise<void>;
    /** Loads who is logged in. @returns {Promise<User>} */
    whoAmI(): Promise<User>;
    /**
     * A bot's channel: everything of it that one may see.
     * @param {string} bot_id
     */
    bot(bot_id: string): Channel;
    /**
     * One session's part of its bot's stream.
     * @param {string} session_id
     */
    session(session_id: string): Channel;
    notifications(): Channel;
    tasks(): Channel;
    /**
     * The same object for the same name. Each call is to be undone by one `leave()`.
     * @param {string} name
     * @returns {Channel}
     */
    channel(name: string): Channel;
    /**
     * The live state of a bot: loaded, and kept as a fresh load would give it. The same object for the same bot; each call is to be
     * undone by one `release()`.
     * @param {string} bot_id
     */
    watch(bot_id: string): import("./state/bot-state.js").BotState;
    /** One's notifications, live. Each call is to be undone by one `release()`. */
    watchNotifications(): import("./state/notification-state.js").NotificationState;
    /**
     * Posts a message, now or when it can be.
     * @param {string} session_id
     * @param {string} content
     * @param {SendOptions} [options]
     * @returns {Sent}
     */
    send(session_id: string, content: string, options?: SendOptions): Sent;
    /** Connects also without a channel, to know whether the server is there. */
    connect(): void;
    /** Now, without waiting any longer. */
    reconnect(): void;
    /** Ends it for good. Messages that wait are kept where the outbox has a storage. */
    close(): void;
}
