import { Intake } from './intake.js';
import type { Core } from './core.js';
import type { ChannelEvents } from './events.js';
import type { ChannelState } from './intake.js';
export type Carrier = {
    /**
     * false: it did not go
     */
    signal: (name: string, type: string, data: object) => boolean;
    request: (name: string, type: string, data: object) => Promise<any>;
};
export type Since = {
    since: number;
    epoch?: string;
};
/** The number and the life of a stream that everything up to is known of. */
/** @typedef {{since: number, epoch?: string}} Since */
export declare class Channel {
    #private;
    name: string;
    /** For links. @type {Intake} */
    intake: Intake;
    /** For links: what carries it now. @type {Carrier | null} */
    carrier: Carrier | null;
    /**
     * @param {Core} core
     * @param {string} name
     * @param {{leave: () => void, over: () => void, again: () => void}} parts
     */
    constructor(core: Core, name: string, parts: {
        leave: () => void;
        over: () => void;
        again: () => void;
    });
    /** As listeners have been told. */
    get state(): ChannelState;
    /** Why it is not live. */
    get code(): string | number | undefined;
    /** The number of the last event that was taken in; null before the first greeting. */
    get seq(): number | null;
    get epoch(): string | null;
    /** The data of the last greeting, or null. */
    get greeting(): any;
    /**
     * Listens to frames of a type, or to `event` (every durable one), `frame` (every one), `greeting`, `reset`, `state`, `batch`.
     * @template {keyof ChannelEvents} K
     * @overload
     * @param {K} type
     * @param {(value: ChannelEvents[K]) => unknown} fn
     * @returns {() => void} ends it: from then on `fn` is not called any more
     */
    /**
     * A type that this version knows nothing of.
     * @overload
     * @param {string} type
     * @param {(value: any) => unknown} fn
     * @returns {() => void}
     */
    /**
     * @param {string} type
     * @param {(value: any) => unknown} fn
     */
    on<K extends keyof ChannelEvents>(type: K, fn: (value: ChannelEvents[K]) => unknown): () => void;
    /**
     * Listens to frames of a type, or to `event` (every durable one), `frame` (every one), `greeting`, `reset`, `state`, `batch`.
     * @template {keyof ChannelEvents} K
     * @overload
     * @param {K} type
     * @param {(value: ChannelEvents[K]) => unknown} fn
     * @returns {() => void} ends it: from then on `fn` is not called any more
     */
    /**
     * A type that this version knows nothing of.
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
    /**
     * Where to begin, for who knows the state up to there. To be said right after the channel was asked for, before it is joined.
     * @param {number} seq
     * @param {string} [epoch]
     */
    since(seq: number, epoch?: string): this;
    /**
     * Tells the others that one is typing, or not any more. May be called with every key: it sends what is needed.
     * @param {string | null} session_id
     * @param {boolean} [is_typing]
     */
    typing(session_id: string | null, is_typing?: boolean): void;
    /**
     * Tells which conversation one looks at; said again after a reconnect.
     * @param {string | null} session_id
     */
    viewing(session_id: string | null): void;
    /**
     * Moves one's read marker; what cannot be said now is said when the channel is live again.
     * @param {string} session_id
     * @param {string} message_id
     */
    read(session_id: string, message_id: string): void;
    /**
     * A page of the past, oldest first.
     * @param {{since?: number, epoch?: string, limit?: number}} [range]
     * @returns {Promise<{events: any[], seq: number, epoch: string, complete: boolean}>}
     */
    history({ since, epoch, limit }?: {
        since?: number;
        epoch?: string;
        limit?: number;
    }): Promise<{
        events: any[];
        seq: number;
        epoch: string;
        complete: boolean;
    }>;
    /**
     * Resolves when the channel is live: what happens from then on is heard. Rejects when there is nothing to be had, or nobody wants it any more.
     * @returns {Promise<this>}
     */
    ready(): Promise<this>;
    /** Undoes one asking for this channel; the last one ends it. */
    leave(): void;
    /** For the client: nobody has it any more. */
    close(): void;
    /** For the client: another person. Nothing that was known of the stream holds, and who was refused is not this one. */
    forget(): void;
    /** For the client: it will not be live (again). */
    giveUp(): void;
    /** For links: it is live on a (new) connection, so what stands is said again. */
    resumed(): void;
}
