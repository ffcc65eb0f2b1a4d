import { Cursor } from './cursor.js';
import type { Core } from './core.js';
export type ChannelState = 'joining' | 'live' | 'away' | 'refused' | 'ended';
export type Hands = {
    /**
     * to listeners, in the order of the calls
     */
    give: (type: string, value: any) => void;
    turn: (state: ChannelState, code?: number | string) => void;
    /**
     * the connection must be made anew, when back-off says so
     */
    again: () => void;
};
export declare class Intake {
    #private;
    cursor: Cursor;
    /** Fed without numbers for a while: what a numbered source gives next may have a gap before it. */
    loose: boolean;
    /**
     * @param {Core} core
     * @param {string | null} bot the bot whose whole stream this is
     * @param {Hands} hands
     */
    constructor(core: Core, bot: string | null, hands: Hands);
    get over(): boolean;
    get live(): boolean;
    /**
     * The stream begins (again). `asked`: with a number, so that a replay follows.
     * @param {any} greeting the data of the frame
     * @param {boolean} asked
     */
    greeted(greeting: any, asked: boolean): void;
    /**
     * It is fed without numbers from here on: the cursor stays for whoever can use it again.
     * @param {any} greeting
     */
    greetedLoosely(greeting: any): void;
    /** The list is not any more what listeners think it is. */
    changedElsewhere(): void;
    /** @param {any} frame */
    take(frame: any): void;
    /** @param {unknown} seq */
    reached(seq: unknown): void;
    /**
     * The connection is gone.
     * @param {number | string} [code]
     */
    lost(code?: number | string): void;
    /**
     * There is nothing to be had here (any more).
     * @param {number | string} code
     */
    end(code: number | string): void;
    /**
     * The life that the stream's events are of, where the greeting did not say.
     * @param {string} epoch
     */
    lives(epoch: string): void;
    /** What could not be replayed has to be loaded: for a poll or stream that says so without a replay. */
    gap(/** @type {number} */ to: number, /** @type {string | null} */ epoch: string | null): void;
    /** Nobody wants it any more. */
    close(): void;
    /**
     * Notifications that were polled have no number; the same may come again with one.
     * @param {any} frame
     */
    polled(frame: any): void;
}
