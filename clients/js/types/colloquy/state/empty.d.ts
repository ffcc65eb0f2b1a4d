import type { BotModel, PersonName } from './types.js';
/** @import { BotModel, PersonName } from './types.js' */
/**
 * @param {PersonName | null} me
 * @returns {BotModel}
 */
export declare function emptyModel(me: PersonName | null): BotModel;
