// One bare socket of the inspector, apart from the application's client: nothing is resumed, dropped or put in order here, so what it
// shows is what the server says. It tells of frames and of its state; it keeps neither.

/** @typedef {'channels' | 'chat' | 'notifications'} Kind */
/** @typedef {{ kind: Kind, channel: string, since: string, epoch: string }} Target  `channel` is `bot:…`, `session:…`, `notifications` or `tasks` */
/** @typedef {'closed' | 'connecting' | 'open'} WireState */
/** @typedef {{ direction: 'in' | 'out', text: string }} Seen */
/** @typedef {{ code: number, reason: string, clean: boolean }} End */

/** What each close code means and what a client does about it; the binding table is the protocol's. @type {Record<number, [string, string]>} */
const MEANING = {
  1000: ['Normal closure', 'Nothing to do.'],
  1001: ['The server is going away', 'Reconnect after a random 0 to 5 s, with since.'],
  1002: ['Protocol error', 'Mend the client.'],
  1003: ['A binary frame came where text is expected', 'Mend the client.'],
  1005: ['Closed without a code', 'Reconnect with back-off.'],
  1006: ['The connection was lost', 'Reconnect with back-off.'],
  1007: ['Invalid UTF-8', 'Mend the client.'],
  1008: ['Closed by an administrator', 'Back off for 30 s at least.'],
  1009: ['A frame over the limit', 'Mend the client.'],
  1011: ['The server failed', 'Reconnect with back-off.'],
  1013: ['Over the limit of connections', 'Reconnect with back-off.'],
  4001: ['Log-in required, expired or withdrawn', 'Get a new token first.'],
  4003: ['Not found, access denied or withdrawn', 'Stop.'],
  4008: ['The client read too slowly', 'Reconnect with since: nothing is lost.'],
  4029: ['Too many frames', 'Back off.'],
}

/** @param {number} code @returns {{ meaning: string, advice: string }} */
export function meaningOf(code) {
  const [meaning, advice] = MEANING[code] ?? ['A code this console does not know', 'Reconnect with back-off.']
  return { meaning, advice }
}

/** The path of the socket with its query, without any credential. @param {Target} target */
export function pathOf({ kind, channel, since, epoch }) {
  if (kind === 'channels') return '/api/ws'
  const query = new URLSearchParams()
  if (since) query.set('since', since)
  if (since && epoch) query.set('epoch', epoch)
  const path = kind === 'notifications' ? '/api/ws/notifications' : `/api/ws/chat/${encodeURIComponent(idOf(channel))}`
  return query.size ? `${path}?${query}` : path
}

/** `bot:X` and `X` are the same to a person who pastes an id. @param {string} channel */
export const idOf = (channel) => channel.trim().replace(/^(bot|session):/, '')

/** The frame that joins a channel of the shared socket. @param {Target} target */
export function subscribeFrame({ channel, since, epoch }) {
  /** @type {Record<string, unknown>} */
  const entry = { channel: channel.trim() }
  // A number as it was typed: what the server says to a wrong one is worth seeing, too.
  if (since) entry.since = /^\d{1,15}$/.test(since) ? Number(since) : since
  if (since && epoch) entry.epoch = epoch
  return { type: 'subscribe', id: 'join', data: { channels: [entry] } }
}

/**
 * Connects. A ticket is good for one use, so no token stands in an address.
 * @param {Target} target
 * @param {{ ticket: () => Promise<string>, seen: (frame: Seen) => void, changed: (state: WireState, end?: End) => void }} told
 */
export function connect(target, told) {
  /** @type {WebSocket | null} */
  let socket = null
  let gone = false
  const open = async () => {
    const url = new URL(pathOf(target), location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    url.searchParams.set('ticket', await told.ticket())
    if (gone) return
    socket = new WebSocket(url)
    socket.onopen = () => {
      told.changed('open')
      if (target.kind === 'channels' && target.channel) send(JSON.stringify(subscribeFrame(target)))
    }
    socket.onmessage = (event) => told.seen({ direction: 'in', text: String(event.data) })
    socket.onclose = ({ code, reason, wasClean }) => told.changed('closed', { code, reason, clean: wasClean })
  }
  /** @param {string} text */
  const send = (text) => {
    if (socket?.readyState !== WebSocket.OPEN) return false
    socket.send(text)
    told.seen({ direction: 'out', text })
    return true
  }
  const started = open().catch((error) => {
    told.changed('closed')
    throw error
  })
  return {
    started,
    send,
    close() {
      gone = true
      if (socket) socket.close(1000)
      else told.changed('closed')
    },
  }
}

/** A token must not be shown, not even one's own: somebody may look over the shoulder, and frames get copied. @param {string} text */
export function withoutToken(text) {
  if (!text.includes('"auth"')) return text
  try {
    const frame = JSON.parse(text)
    if (frame?.type === 'auth' && frame.data?.token) frame.data.token = '…'
    return JSON.stringify(frame)
  } catch {
    return text
  }
}
