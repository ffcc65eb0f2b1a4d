// What the state layer needs of the client, for the type checker alone, so that it does not know the other's insides. No code.

/** @import { Channel } from '../channel.js' */
/** @import { Colloquy } from '../colloquy.js' */
/** @import { Api } from '../operations.js' */
/** @import { Timers } from '../environment.js' */
/** @import { BotModel, PersonName } from './types.js' */

/**
 * @typedef {object} Needs
 * @property {Api} api
 * @property {(bot_id: string) => Channel} bot
 * @property {() => Channel} notifications
 * @property {() => Promise<PersonName>} me
 * @property {() => readonly any[]} sends  The outbox, in the order of sending.
 * @property {Colloquy['on']} on
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
