// The model of a bot of which nothing is known yet.

/** @import { BotModel, PersonName } from './types.js' */

/**
 * @param {PersonName | null} me
 * @returns {BotModel}
 */
export function emptyModel(me) {
  return {
    status: 'loading',
    bot: null,
    role: null,
    me,
    members: [],
    sessions: [],
    moreSessions: false,
    documents: [],
    moreDocuments: false,
    messages: {},
    answers: {},
    typing: {},
    online: [],
    read: {},
    waiting: {},
    seq: 0,
    book: { epoch: '', floors: {}, hidden: {}, blanked: new Set(), doubtful: new Set(), configStale: false },
  }
}
