import type { Needs } from './needs.js';
import type { NotificationView } from './types.js';
export declare class NotificationState {
    #private;
    /**
     * @param {Needs} core
     * @param {() => void} done  What is to be done when it is let go.
     */
    constructor(core: Needs, done: () => void);
    /** @returns {NotificationView} */
    get(): NotificationView;
    /**
     * Calls `fn` after changes, at most once per animation frame.
     * @param {() => void} fn
     * @returns {() => void}
     */
    subscribe(fn: () => void): () => void;
    /** @param {string} id */
    markRead(id: string): Promise<void>;
    markAllRead(): Promise<void>;
    /**
     * Takes it out of the list.
     * @param {string} id
     */
    dismiss(id: string): Promise<void>;
    /** Loads the next older page; rejects when it cannot be had. */
    loadMore(): Promise<void>;
    refresh(): Promise<void>;
    /** Ends what `watchNotifications` began; the last one who does so closes it. */
    release(): void;
    /** For the client: nobody is logged in, or somebody else is. It comes back with the channel, for whoever it is then. */
    signedOut(): void;
    /** Not for users: they release it. */
    end(): void;
}
