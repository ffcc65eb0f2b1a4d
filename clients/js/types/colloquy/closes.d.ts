export type Verdict = {
    then: 'stop' | 'end' | 'token' | 'now' | 'wait' | 'backoff';
    from?: number;
    to?: number;
    /**
     * the client did something wrong: worth telling
     */
    fault?: boolean;
};
/** Lost without a word, as browsers report it. */
export declare const LOST = 1006;
/**
 * @param {number} code
 * @returns {Verdict}
 */
export declare function verdict(code: number): Verdict;
/**
 * What the answer to a request of an event stream means, as a close code.
 * @param {number} status
 */
export declare function codeOfStatus(status: number): 1006 | 1011 | 1013 | 4001 | 4003;
