import type { Problem, FieldProblem } from './schema.js';
export type ErrorParts = {
    /**
     * 0: there was no answer
     */
    status?: number;
    code: string;
    detail: string;
    retryAfter?: number;
    problem?: Problem;
    cause?: unknown;
};
/** @import { Problem, FieldProblem } from './schema.js' */
/**
 * @typedef {object} ErrorParts
 * @property {number} [status] 0: there was no answer
 * @property {string} code
 * @property {string} detail
 * @property {number} [retryAfter]
 * @property {Problem} [problem]
 * @property {unknown} [cause]
 */
export declare class ColloquyError extends Error {
    /** The HTTP status; 0 if there was no answer. */
    status: number;
    /** A stable word for programs: the server's, or `network`, `signed_out`, `outbox_full`, `discarded`, `closed`. */
    code: string;
    detail: string;
    /** With 422: every bad field. @type {readonly FieldProblem[]} */
    errors: readonly FieldProblem[];
    /** @type {string | null} */
    requestId: string | null;
    /** Seconds that the server asks to wait, or null. @type {number | null} */
    retryAfter: number | null;
    /** With 412: the present state. */
    current: import("./schema.js").Bot | null;
    /** The whole problem document, or null. */
    problem: Problem | null;
    /** @param {ErrorParts} parts */
    constructor({ status, code, detail, retryAfter, problem, cause }: ErrorParts);
}
/**
 * Whether trying the same again later may do: no answer, or one that says "not now".
 * @param {unknown} error
 */
export declare function isPassing(error: unknown): boolean;
/**
 * What a failed `fetch` means. An abort that the caller asked for stays the caller's.
 * @param {unknown} cause
 */
export declare function unreachable(cause: unknown): ColloquyError;
/**
 * Reads a refusal. What is no problem document comes from something between us and the server.
 * @param {Response} response
 */
export declare function refusal(response: Response): Promise<ColloquyError>;
/**
 * @param {number} status
 * @param {string} text
 * @param {string | null} after
 */
export declare function problemOf(status: number, text: string, after: string | null): ColloquyError;
