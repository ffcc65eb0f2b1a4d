/** One's notifications over all bots, newest first, live. What one does is shown at once; it rejects when the server refuses. */
export declare function useNotifications(): {
    items: readonly import("../colloquy/state/types.js").Notification[];
    unread: number;
    more: boolean;
    loading: boolean;
    status: "away" | "gone" | "live" | "loading";
    /** @param {string} id */
    markRead: (id: string) => Promise<void | undefined>;
    markAllRead: () => Promise<void | undefined>;
    /** Takes it out of the list. @param {string} id */
    dismiss: (id: string) => Promise<void | undefined>;
    loadMore: () => Promise<void | undefined>;
};
