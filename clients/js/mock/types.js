// The shapes inside the mock server. Types only.

/** @typedef {Record<string, any>} Json */
/** @typedef {'viewer' | 'editor' | 'owner'} Role */

/**
 * @typedef {object} MockOptions
 * @property {string} [url] what the mock says it is, 'http://colloquy.test' if not given
 * @property {number} [accessToken] milliseconds an access token lives (15 minutes)
 * @property {number} [replayLimit] visible events one replay holds (2,000)
 * @property {number} [latency] milliseconds each answer and each frame takes (0: the next microtask)
 * @property {number} [socketsPerUser] more are refused with 1013 (64)
 * @property {number} [grace] milliseconds a person stays online after the last socket (3,000)
 * @property {(question: {content: string, session_id: string, bot_id: string}) => string | null} [responder]
 *   what a bot answers; null: nothing. Without it the bots say that they know nothing
 * @property {number} [pace] milliseconds between the pieces of an answer (12)
 * @property {() => number} [now] milliseconds since 1970, for tests with a clock of their own
 */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} username
 * @property {string} email
 * @property {'member' | 'admin'} role
 * @property {boolean} platform_admin
 * @property {boolean} disabled
 * @property {string} created_at
 * @property {string} password
 */

/** @typedef {{user_id: string, role: Role, granted_by: string | null, granted_at: string, expires_at: string | null}} Grant */

/**
 * @typedef {object} Bot
 * @property {string} id
 * @property {string} name
 * @property {string} description
 * @property {string} instructions
 * @property {string} model
 * @property {Json} settings
 * @property {number} version
 * @property {string} created_at
 * @property {string} updated_at
 * @property {boolean} suspended
 * @property {boolean} deleted
 * @property {Map<string, Grant>} grants
 */

/**
 * @typedef {object} Session
 * @property {string} id
 * @property {string} bot_id
 * @property {string} title
 * @property {'shared' | 'private'} visibility
 * @property {'open' | 'closed'} status
 * @property {boolean} auto_reply
 * @property {string} created_by
 * @property {string} username
 * @property {string} created_at
 * @property {string} updated_at
 */

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string} session_id
 * @property {string} bot_id
 * @property {string | null} user_id
 * @property {string} username
 * @property {'user' | 'assistant' | 'system'} role
 * @property {string} content
 * @property {Json} metadata
 * @property {string} timestamp
 * @property {string | null} edited_at
 */

/** @typedef {{message_id: string, session_id: string, bot_id: string, question_id: string, status: 'queued' | 'running', content: string, stop: () => void}} Answer */

/**
 * @typedef {object} Notification
 * @property {string} id
 * @property {string} user_id
 * @property {string} notification_type
 * @property {string} title
 * @property {string} message
 * @property {string | null} bot_id
 * @property {string} action
 * @property {Json} details
 * @property {string} created_at
 * @property {string | null} read_at
 */

/** A numbered event and who may have it: all, or one person alone.
 * @typedef {{seq: number, frame: Json, privateTo: string | null}} Entry */

/** @typedef {{token: string, user_id: string, family: string, expires_at: number, withdrawn: boolean}} Access */

/** The server's side of one socket, whatever carries it.
 * @typedef {{send(text: string): void, close(code: number, reason: string): void, drop(): void}} Wire */

/** What a person of a test looks like.
 * @typedef {{id: string, username: string, password: string, tokens: {access_token: string, refresh_token: string}}} MockPerson */

/** One line of what happened, oldest first in `mock.history`.
 * @typedef {{at: number, kind: 'request', method: string, path: string, status: number, username: string | null}
 *   | {at: number, kind: 'open' | 'close', path: string, username: string | null, code?: number}
 *   | {at: number, kind: 'frame', direction: 'in' | 'out', path: string, username: string | null, frame: Json}} Happened */

export {}
