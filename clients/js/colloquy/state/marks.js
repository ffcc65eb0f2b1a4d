// One's own read marks until the server has confirmed them: what was said may have been lost with its connection, and is said
// again with the next one. Which marks stand is in the model.

/** @import { Channel } from '../channel.js' */
/** @import { Frame } from './types.js' */

export class Marks {
  /** By session. @type {Map<string, string>} */
  #said = new Map()

  /**
   * @param {Channel | null} channel
   * @param {string} session_id
   * @param {string} message_id
   */
  say(channel, session_id, message_id) {
    this.#said.set(session_id, message_id)
    channel?.read(session_id, message_id)
  }

  forget() {
    this.#said.clear()
  }

  /** What is not confirmed. */
  get open() {
    return this.#said.entries()
  }

  /**
   * The server tells of a mark.
   * @param {{session_id: string, user_id: string, message_id: string}} mark
   * @param {string | undefined} me
   */
  told({ session_id, user_id, message_id }, me) {
    if (user_id === me && this.#said.get(session_id) === message_id) this.#said.delete(session_id)
  }

  /**
   * What is deleted cannot be marked. Whether a mark that is not confirmed has lost its message by this.
   * @param {Frame} frame
   */
  lose({ type, data }) {
    if (type === 'session_deleted') this.#said.delete(data.session.id)
    if (type !== 'chat_message_deleted' || this.#said.get(data.session_id) !== data.message_id) return false
    return this.#said.delete(data.session_id)
  }
}
