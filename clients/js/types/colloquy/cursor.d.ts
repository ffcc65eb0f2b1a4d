export declare class Cursor {
    #private;
    /** @type {number | null} */
    seq: number | null;
    /** @type {string | null} */
    epoch: string | null;
    /** What to ask for; null: nothing of the past is known, so nothing can be asked for. */
    ask(): {
        since: number;
        epoch?: undefined;
    } | {
        since: number;
        epoch: string;
    } | null;
    /**
     * The stream's number in a greeting counts for who asked for nothing. Who asked gets what was missed, or hears that it is gone;
     * until then the number and the life it belongs to stay.
     * @param {number | null} seq
     * @param {string | null} epoch
     * @param {boolean} asked
     */
    greet(seq: number | null, epoch: string | null, asked: boolean): void;
    /**
     * Whether this event is new.
     * @param {number} seq
     */
    take(seq: number): boolean;
    /**
     * The end of a whole replay.
     * @param {number} to
     * @param {string | null} epoch
     */
    replayed(to: number, epoch: string | null): void;
    /**
     * Everything up to this number has been sent, what the user may not see left out.
     * @param {unknown} seq
     */
    reached(seq: unknown): void;
    /**
     * The state was loaded anew.
     * @param {number | null} seq
     * @param {string | null} epoch
     */
    reset(seq: number | null, epoch: string | null): void;
}
