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
    /** @param {string} session_id */
    open(session_id: string): Promise<void>;
    /** @param {string} session_id */
    close(session_id: string): undefined;
    /** After a fresh state: what is open is wanted in that one too. */
    reopen(): void;
    /** @param {string} session_id */
    loadOlder(session_id: string): Promise<void>;
    loadMoreSessions(): Promise<void>;
    loadMoreDocuments(): Promise<void>;
}
