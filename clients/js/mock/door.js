// Where sockets come in: which path, whose credential, is there room; then a peer, or a close frame that says why not. A
// well-formed upgrade on a known path is always accepted first, since a browser cannot read anything else.

import { accessOf } from './accounts.js'
import { Peer } from './peer.js'

/** @typedef {import('./types.js').Wire} Wire */
/** @typedef {import('./world.js').World} World */

const PATH = /^(?:\/api)?\/ws(?:\/chat\/([^/]+)|\/(notifications))?$/
export const SUBPROTOCOL = 'colloquy.v1'

/** Whether a socket can be asked for here. @param {string} path */
export function isSocket(path) {
  return PATH.test(path)
}

/** The subprotocol that is answered: only beside a token. @param {readonly string[]} offered */
export function protocolOf(offered) {
  return offered.includes(SUBPROTOCOL) && offered.some((one) => one.startsWith('bearer.')) ? SUBPROTOCOL : ''
}

/**
 * Lets a socket in.
 * @param {World} world
 * @param {{url: URL, protocols: readonly string[], authorization?: string | null}} asked
 * @param {Wire} wire
 * @returns {Peer | null} null: it was closed
 */
export function enter(world, { url, protocols, authorization }, wire) {
  const [, bot, notifications] = PATH.exec(url.pathname) ?? []
  const query = url.searchParams
  /** @param {number} code @param {string} reason */
  const refuse = (code, reason) => {
    world.happened({ kind: 'close', path: url.pathname, username: null, code })
    wire.close(code, reason)
    return null
  }
  let access
  try {
    const protocol = protocols.find((one) => one.startsWith('bearer.'))?.slice('bearer.'.length) ?? null
    const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? null
    access = accessOf(world, { ticket: query.get('ticket'), token: query.get('token'), bearer, protocol })
  } catch {
    return refuse(4001, 'authentication required')
  }
  const { user_id } = access
  if ([...world.peers].filter((peer) => peer.user_id === user_id).length >= world.socketsPerUser) return refuse(1013, 'too many connections')
  try {
    if (bot) world.bot(user_id, bot)
  } catch {
    return refuse(4003, 'not found or access denied')
  }
  return greet(new Peer(world, access, bot ? 'chat' : notifications ? 'notifications' : 'multi', url.pathname, wire), bot, range(query))
}

/** @param {Peer} peer @param {string | undefined} bot @param {{since: number | null, epoch?: string} | null} range */
function greet(peer, bot, range) {
  peer.world.happened({ kind: 'open', path: peer.path, username: peer.username })
  if (peer.kind === 'chat') peer.enter({ name: `bot:${bot}`, kind: 'bot', id: bot }, range)
  else if (peer.kind === 'notifications') peer.enter({ name: 'notifications', kind: 'notifications' }, range)
  else {
    const { user_id, id: connection_id, expires_at } = peer
    peer.send({ type: 'connection_established', data: { user_id, connection_id, connection_type: 'multi', expires_at } })
  }
  return peer
}

/** @param {URLSearchParams} query */
function range(query) {
  const text = query.get('since')
  if (text === null) return null
  return { since: /^\d+$/.test(text) ? Number(text) : null, epoch: query.get('epoch') ?? undefined }
}
