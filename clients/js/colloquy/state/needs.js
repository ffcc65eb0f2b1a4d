// What the state layer needs of the client, for the type checker alone, so that neither knows the other's insides. No code.

/** @import { Api } from '../operations.js' */
/** @import { Timers } from '../environment.js' */
/** @import { BotModel, PersonName } from './types.js' */

/**
 * @typedef {object} Joined  A channel one has joined.
 * @property {string} state
 * @property {string | number | null} [code]
 * @property {number | null} seq
 * @property {(type: string, fn: (value: any) => unknown) => () => void} on
 * @property {(session_id: string, message_id: string) => void} read
 * @property {(session_id: string | null, is_typing?: boolean) => void} typing
 * @property {(session_id: string | null) => void} viewing
 * @property {() => void} leave
 */

/**
 * @typedef {object} Needs
 * @property {Api} api
 * @property {(bot_id: string) => Joined} bot
 * @property {() => Joined} notifications
 * @property {() => Promise<PersonName>} me
 * @property {() => readonly any[]} sends  The outbox, in the order of sending.
 * @property {(type: string, fn: (value: any) => unknown) => () => void} on
 * @property {(flush: () => void) => void} schedule  With the next animation frame.
 * @property {() => number} now
 * @property {Timers} timers
 * @property {(error: unknown, during: string) => void} failed
 */

/**
 * @typedef {object} Held  A bot's state, for its parts.
 * @property {Needs} core
 * @property {string} bot_id
 * @property {() => BotModel} get
 * @property {(model: BotModel) => void} change
 * @property {() => number} life  Another number: another snapshot.
 */

export {}
