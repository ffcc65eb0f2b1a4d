import type { Colloquy } from '../colloquy/index.js';
import type { BotState, NotificationState } from '../colloquy/state/index.js';
import type { BotView, NotificationView } from '../colloquy/state/types.js';
export type Watchable = {
    subscribe: (fn: () => void) => () => void;
    release: () => void;
};
/**
 * The state of a bot while it is watched, for calls; null before and after.
 * @param {Colloquy} client
 * @param {string} bot_id
 * @returns {BotState | null}
 */
export declare function botState(client: Colloquy, bot_id: string): BotState | null;
/**
 * @param {Colloquy} client
 * @returns {NotificationState | null}
 */
export declare function inboxState(client: Colloquy): NotificationState | null;
/**
 * @template P
 * @param {string} bot_id
 * @param {(view: BotView) => P} select  The same function for the same choice.
 * @param {string} [session_id]  One that is open meanwhile.
 * @returns {P}
 */
export declare function useBotPart<P>(bot_id: string, select: (view: BotView) => P, session_id?: string): P;
/**
 * @template P
 * @param {(view: NotificationView) => P} select
 * @returns {P}
 */
export declare function useInboxPart<P>(select: (view: NotificationView) => P): P;
