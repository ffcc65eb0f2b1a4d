// The table of the protocol, section 2: what each close code wants of a client. Pure.

/**
 * `stop`: nothing more, the client is closed. `end`: this channel is over, for good. `token`: a new token, then at once. `now`: at
 * once. `wait`: after a random time between `from` and `to` milliseconds. `backoff`: as back-off says.
 * @typedef {object} Verdict
 * @property {'stop' | 'end' | 'token' | 'now' | 'wait' | 'backoff'} then
 * @property {number} [from]
 * @property {number} [to]
 * @property {boolean} [fault] the client did something wrong: worth telling
 */

/** @type {Readonly<Record<number, Verdict>>} */
const TABLE = {
  1000: { then: 'stop' },
  1001: { then: 'wait', from: 0, to: 5_000 },
  1002: { then: 'backoff', fault: true },
  1003: { then: 'backoff', fault: true },
  1007: { then: 'backoff', fault: true },
  1008: { then: 'wait', from: 30_000, to: 60_000 },
  1009: { then: 'backoff', fault: true },
  1011: { then: 'backoff' },
  1013: { then: 'backoff' },
  4001: { then: 'token' },
  4003: { then: 'end' },
  4008: { then: 'now' },
  4029: { then: 'backoff' },
}

/** Lost without a word, as browsers report it. */
export const LOST = 1006

/**
 * @param {number} code
 * @returns {Verdict}
 */
export function verdict(code) {
  return TABLE[code] ?? { then: 'backoff' }
}

/**
 * What the answer to a request of an event stream means, as a close code.
 * @param {number} status
 */
export function codeOfStatus(status) {
  if (status === 401) return 4001
  if (status === 403 || status === 404) return 4003
  if (status === 429) return 1013
  return status === 0 ? LOST : 1011
}
