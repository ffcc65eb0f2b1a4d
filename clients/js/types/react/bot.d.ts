import type { PersonName } from '../colloquy/state/types.js';
/**
 * A bot, live: what it is, one's role, its members and sessions. `status` is `loading`, `live`, `away` (the last known state) or
 * `gone` (with `reason`).
 * @param {string} bot_id
 */
export declare function useBot(bot_id: string): {
    status: "away" | "gone" | "live" | "loading";
    code: string | undefined;
    reason: import("../colloquy/state/types.js").GoneReason | undefined;
    bot: import("../colloquy/state/types.js").Bot | null;
    role: import("../colloquy/state/types.js").Role | null;
    me: PersonName | null;
    members: readonly import("../colloquy/state/types.js").Member[];
    sessions: readonly import("../colloquy/state/types.js").Session[];
    moreSessions: boolean;
    loadMoreSessions: () => Promise<void | undefined>;
    refresh: () => Promise<void | undefined>;
};
/**
 * Who is online, and which conversation they look at. `viewing(session_id)` tells the others the same of oneself.
 * @param {string} bot_id
 */
export declare function usePresence(bot_id: string): {
    online: readonly import("../colloquy/state/types.js").OnlinePerson[];
    viewing: (session_id: string | null) => void | undefined;
};
/**
 * Who else is typing in a session. `typing()` is to be called with every key; that one has stopped is told when it is called with
 * false, and when the component goes.
 * @param {string} bot_id
 * @param {string} session_id
 */
export declare function useTyping(bot_id: string, session_id: string): {
    typists: PersonName[];
    typing: (is_typing?: boolean) => void | undefined;
};
