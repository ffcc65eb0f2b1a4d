export type Entry = import('./types.js').Entry;
export type Json = import('./types.js').Json;
export type Replay = {
    events: Json[];
    from: number | null;
    to: number;
    complete: boolean;
};
/** @typedef {import('./types.js').Entry} Entry */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {{events: Json[], from: number | null, to: number, complete: boolean}} Replay */
export declare class Stream {
    #private;
    epoch: string;
    head: number;
    /** @type {Set<(entry: Entry) => void>} */
    listeners: Set<(entry: Entry) => void>;
    /** @param {string} epoch */
    constructor(epoch: string);
    /**
     * Numbers an event and tells it.
     * @param {Json} frame without `seq`
     * @param {string | null} [privateTo]
     */
    record(frame: Json, privateTo?: string | null): {
        seq: number;
    };
    /** A control record takes a number and is never told. */
    skip(): void;
    /**
     * @param {Entry} entry
     * @param {string} user
     */
    static visible({ privateTo }: Entry, user: string): boolean;
    /**
     * What came after `since`, as a replay holds it. `null` is a number that is none of a stream.
     * @param {string} user
     * @param {number | null} since
     * @param {string | undefined} epoch
     * @param {number} limit
     * @returns {Replay}
     */
    replay(user: string, since: number | null, epoch: string | undefined, limit: number): Replay;
    /**
     * A page for polls: the cursor to go on from is its `seq`.
     * @param {string} user
     * @param {number | null} since
     * @param {string | undefined} epoch
     * @param {number} limit
     */
    page(user: string, since: number | null, epoch: string | undefined, limit: number): {
        events: import("./types.js").Json[];
        seq: any;
        epoch: string;
        complete: boolean;
    };
    /**
     * Retention: what is at or before this number is no longer kept.
     * @param {number} seq
     */
    forget(seq: number): void;
    /**
     * Texts of a message leave its earlier events: all of it when it was deleted, the old text when it was edited.
     * @param {string} message
     * @param {string | null} content null: deleted
     */
    redact(message: string, content: string | null): void;
    /** The title of a session that was deleted leaves its earlier events. @param {string} id */
    redactSession(id: string): void;
}
