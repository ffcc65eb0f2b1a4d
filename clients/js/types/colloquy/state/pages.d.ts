import type { Held } from './needs.js';
import type { Frame } from './types.js';
export declare class Pages {
    #private;
    /** @param {Held} held */
    constructor(held: Held);
    /** @param {Frame} frame */
    note(frame: Frame): void;
    /** @param {string} session_id */
    isOpen(session_id: string): boolean;
    /** Never rejects: what does not come is tried again with the next connection. @param {string} session_id */
    open(session_id: string): Promise<void>;
    /** @param {string} session_id */
    close(session_id: string): undefined;
    /** After a fresh state, and after a break: what is open is wanted then too, and where something was said. */
    reopen(): void;
    /** What is said in a session beyond those that are loaded, loads it. @param {Frame} frame */
    hear({ type, data }: Frame): void;
    /** @param {string} session_id */
    loadOlder(session_id: string): Promise<void>;
    loadMoreSessions(): Promise<void>;
    loadMoreDocuments(): Promise<void>;
}
