import type { Core } from '../core.js';
import type { Intake } from '../intake.js';
import type { AttemptEvents } from './socket.js';
/**
 * Takes one of the requests that may be kept open; null: there is none left. Gives what gives it back.
 * @param {Core} core
 * @returns {(() => void) | null}
 */
export declare function keepOpen(core: Core): (() => void) | null;
export type Place = {
    bot: string;
    /**
     * the only one of which events are wanted
     */
    session: string | null;
    since: number;
    epoch: string | null;
};
/**
 * @typedef {object} Place
 * @property {string} bot
 * @property {string | null} session the only one of which events are wanted
 * @property {number} since
 * @property {string | null} epoch
 */
/**
 * Where a channel goes on. Who knows nothing of the past begins at the stream's head.
 * @param {Core} core
 * @param {string} name
 * @param {Intake} intake
 * @param {AbortSignal} signal
 * @returns {Promise<Place>}
 */
export declare function placeOf(core: Core, name: string, intake: Intake, signal: AbortSignal): Promise<Place>;
/**
 * @param {Place} place
 * @param {any} frame
 */
export declare function wants({ session }: Place, frame: any): boolean;
/**
 * What a failed request means for a connection.
 * @param {unknown} error
 * @param {AttemptEvents} events
 * @param {(error: unknown) => void} report
 */
export declare function closeBy(error: unknown, events: AttemptEvents, report: (error: unknown) => void): void;
