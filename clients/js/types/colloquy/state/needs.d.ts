import type { Channel } from '../channel.js';
import type { Colloquy } from '../colloquy.js';
import type { Api } from '../operations.js';
import type { Timers } from '../environment.js';
import type { BotModel, PersonName } from './types.js';
export type Needs = {
    api: Api;
    bot: (bot_id: string) => Channel;
    notifications: () => Channel;
    me: () => Promise<PersonName>;
    /**
     * The outbox, in the order of sending.
     */
    sends: () => readonly any[];
    on: Colloquy['on'];
    /**
     * With the next animation frame.
     */
    schedule: (flush: () => void) => void;
    now: () => number;
    timers: Timers;
    failed: (error: unknown, during: string) => void;
};
export type Held = {
    core: Needs;
    bot_id: string;
    get: () => BotModel;
    change: (model: BotModel) => void;
    /**
     * Another number: another snapshot.
     */
    life: () => number;
};
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
export {};
