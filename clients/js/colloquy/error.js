// The one error that the client rejects with. Nothing secret is in it: no token, no header, no address with a query.

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

export class ColloquyError extends Error {
  /** @param {ErrorParts} parts */
  constructor({ status = 0, code, detail, retryAfter, problem, cause }) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'ColloquyError'
    /** The HTTP status; 0 if there was no answer. */
    this.status = status
    /** A stable word for programs: the server's, or `network`, `signed_out`, `outbox_full`, `discarded`, `closed`. */
    this.code = code
    this.detail = detail
    /** With 422: every bad field. @type {readonly FieldProblem[]} */
    this.errors = problem?.errors ?? []
    /** @type {string | null} */
    this.requestId = problem?.request_id ?? null
    /** Seconds that the server asks to wait, or null. @type {number | null} */
    this.retryAfter = retryAfter ?? null
    /** With 412: the present state. */
    this.current = problem?.current ?? null
    /** The whole problem document, or null. */
    this.problem = problem ?? null
  }
}

/**
 * Whether trying the same again later may do: no answer, or one that says "not now".
 * @param {unknown} error
 */
export function isPassing(error) {
  if (!(error instanceof ColloquyError)) return false
  const { status, code } = error
  return code === 'network' || status === 408 || status === 425 || status === 429 || status >= 500
}

/**
 * What a failed `fetch` means. An abort that the caller asked for stays the caller's.
 * @param {unknown} cause
 */
export function unreachable(cause) {
  return new ColloquyError({ code: 'network', detail: 'the server could not be reached', cause })
}

/**
 * Reads a refusal. What is no problem document comes from something between us and the server.
 * @param {Response} response
 */
export async function refusal(response) {
  const { status } = response
  const text = await response.text().catch(() => '')
  return problemOf(status, text, response.headers.get('retry-after'))
}

/**
 * @param {number} status
 * @param {string} text
 * @param {string | null} after
 */
export function problemOf(status, text, after) {
  /** @type {Problem | undefined} */
  let problem
  try {
    const read = JSON.parse(text)
    if (typeof read?.code === 'string') problem = read
  } catch {
    // Not JSON: a proxy's page.
  }
  const seconds = after === null || after.trim() === '' ? NaN : Number(after)
  return new ColloquyError({
    status,
    code: problem?.code ?? 'unexpected_answer',
    detail: problem?.detail || problem?.title || `the server answered ${status}`,
    ...(Number.isFinite(seconds) && { retryAfter: seconds }),
    ...(problem && { problem }),
  })
}
