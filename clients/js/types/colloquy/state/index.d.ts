import { BotState } from './bot-state.js';
import { NotificationState } from './notification-state.js';
import type { Needs } from './needs.js';
/** @import { Needs } from './needs.js' */
export { BotState, NotificationState };
export type Entry<S extends {
    end: () => void;
}> = {
    state: S;
    count: number;
    timer: any;
};
/**
 * @template {{end: () => void}} S
 * @typedef {{state: S, count: number, timer: any}} Entry
 */
export declare class Watched {
    #private;
    /**
     * @param {Needs} core
     * @param {string | null} subject  Who is logged in, if that is known.
     */
    constructor(core: Needs, subject: string | null);
    /**
     * The live state of a bot, the same for everyone who watches it. Each call is undone by one `release()`.
     * @param {string} bot_id
     */
    bot(bot_id: string): BotState;
    /** One's notifications, live. Each call is undone by one `release()`. */
    notifications(): NotificationState;
    /** Everything ends: the client is closed, or somebody else logs in. */
    close(): void;
}
