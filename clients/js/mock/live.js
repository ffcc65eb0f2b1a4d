// What is true for a moment: who is online and looks at what, who types. Never numbered, never replayed.

import { World } from './world.js'

/** @typedef {import('./peer.js').Peer} Peer */
/** @typedef {import('./types.js').Json} Json */

/** A typist who says nothing more stops typing. */
const SILENCE = 6_000
/** Repeats are merged to one in this time. */
const REPEAT = 1_000

export class Live {
  /** By bot, then by person: what they look at.
   * @type {Map<string, Map<string, {session_id: string | null, leaving: (() => void) | null}>>} */
  #present = new Map()
  /** @type {Map<string, {user: string, told: number, stop: () => void}>} */
  #typing = new Map()

  /** @param {World} world */
  constructor(world) {
    this.world = world
  }

  /**
   * Everyone who is there, as somebody may see it.
   * @param {string} bot
   * @param {string} reader
   */
  online(bot, reader) {
    return [...(this.#present.get(bot) ?? [])].map(([user_id, { session_id }]) => ({
      user_id, username: this.#name(user_id), session_id: this.#masked(session_id, reader),
    }))
  }

  /** @param {{user_id: string}} peer @param {string} bot */
  arrived(peer, bot) {
    const people = this.#present.get(bot) ?? new Map()
    this.#present.set(bot, people)
    const there = people.get(peer.user_id)
    if (there) {
      there.leaving?.()
      there.leaving = null
      return
    }
    people.set(peer.user_id, { session_id: null, leaving: null })
    this.#tell(bot, peer.user_id, 'online')
  }

  /** @param {Peer} peer @param {string} bot */
  left(peer, bot) {
    const user = peer.user_id
    this.#stopTyping(bot, user)
    peer.viewing.delete(bot)
    this.#look(bot, user)
    const there = this.#present.get(bot)?.get(user)
    if (!there || [...this.world.peers].some((one) => one !== peer && one.user_id === user && one.hasBot(bot))) return
    there.leaving?.()
    there.leaving = this.world.later(() => {
      this.#present.get(bot)?.delete(user)
      this.#tell(bot, user, 'offline')
    }, this.world.grace)
  }

  /** Somebody of a script, who needs no socket to be there. @param {string} bot @param {string} user @param {string | null} session */
  guest(bot, user, session) {
    this.arrived({ user_id: user }, bot)
    this.#look(bot, user, session)
  }

  /** @param {string} bot @param {string} user */
  guestGone(bot, user) {
    this.#present.get(bot)?.delete(user)
    this.#tell(bot, user, 'offline')
  }

  /** @param {Peer} peer @param {string} bot @param {string | null} session */
  viewing(peer, bot, session) {
    peer.viewing.delete(bot)
    peer.viewing.set(bot, session)
    this.#look(bot, peer.user_id, session)
  }

  /**
   * What the last word of one of their open sockets was.
   * @param {string} bot
   * @param {string} user
   * @param {string | null} [said] just now
   */
  #look(bot, user, said) {
    const there = this.#present.get(bot)?.get(user)
    if (!there) return
    const open = [...this.world.peers].filter((peer) => peer.user_id === user && peer.viewing.has(bot))
    const session = said === undefined ? (open.at(-1)?.viewing.get(bot) ?? null) : said
    if (there.session_id === session) return
    there.session_id = session
    this.#tell(bot, user, 'online')
  }

  /**
   * @param {Peer | {user_id: string}} typist
   * @param {string} bot
   * @param {string | null} session
   * @param {boolean} is_typing
   */
  typing({ user_id }, bot, session, is_typing) {
    const key = `${bot} ${user_id} ${session}`
    const before = this.#typing.get(key)
    before?.stop()
    if (!is_typing) {
      this.#typing.delete(key)
      if (before) this.#tellTyping(bot, user_id, session, false)
      return
    }
    const now = this.world.now()
    const repeated = before && now - before.told < REPEAT
    const stop = this.world.later(() => this.typing({ user_id }, bot, session, false), SILENCE)
    this.#typing.set(key, { user: user_id, told: repeated ? before.told : now, stop })
    if (!repeated) this.#tellTyping(bot, user_id, session, true)
  }

  /** @param {string} bot @param {string} user */
  #stopTyping(bot, user) {
    for (const key of [...this.#typing.keys()]) {
      const [of, who, session] = key.split(' ')
      if (of === bot && who === user) this.typing({ user_id: user }, bot, session === 'null' ? null : session, false)
    }
  }

  /** @param {string} bot @param {string} user_id @param {string | null} session_id @param {boolean} is_typing */
  #tellTyping(bot, user_id, session_id, is_typing) {
    const session = session_id === null ? undefined : this.world.sessions.get(session_id)
    // What is private concerns nobody but the typist.
    if (session?.visibility === 'private') return
    const data = { user_id, username: this.#name(user_id), session_id, is_typing }
    for (const peer of [...this.world.peers]) if (peer.user_id !== user_id) peer.signal(bot, 'typing_indicator', data)
  }

  /** @param {string} bot @param {string} user_id @param {'online' | 'offline'} status */
  #tell(bot, user_id, status) {
    const session_id = this.#present.get(bot)?.get(user_id)?.session_id ?? null
    for (const peer of [...this.world.peers]) {
      peer.signal(bot, 'presence', { user_id, username: this.#name(user_id), status, session_id: this.#masked(session_id, peer.user_id) })
    }
  }

  /** @param {string | null} session_id @param {string} reader */
  #masked(session_id, reader) {
    const session = session_id === null ? undefined : this.world.sessions.get(session_id)
    const privateTo = session ? World.privateTo(session) : null
    return session && (privateTo === null || privateTo === reader) ? session_id : null
  }

  /** @param {string} user */
  #name(user) {
    return this.world.users.get(user)?.username ?? ''
  }
}
