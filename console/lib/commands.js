// What the inspector shows, as commands for a terminal: wscat for sockets, curl for the ways without one. Pure. The token stands in a
// variable of the shell unless it was asked for.

import { idOf, pathOf, subscribeFrame } from './wire.js'

/** @typedef {import('./wire.js').Target} Target */
/** @typedef {{ label: string, text: string }} Command */

/** One word for a POSIX shell. @param {string} text */
export const quoted = (text) => (/^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** @param {string | null} token */
const bearer = (token) => (token ? quoted(`Authorization: Bearer ${token}`) : '"Authorization: Bearer $TOKEN"')

/**
 * All commands that fit what is looked at.
 * @param {Target} target @param {string} origin such as `http://localhost:8000` @param {string | null} token
 * @returns {Command[]}
 */
export function commands(target, origin, token) {
  /** @type {Command[]} */
  const found = [{ label: 'wscat: this socket', text: wscat(target, origin, token) }]
  const stream = eventPath(target)
  if (!stream) return found
  const { path, resume } = stream
  const query = resume.size ? `?${resume}` : ''
  const poll = new URLSearchParams(resume)
  if (!poll.has('since')) poll.set('since', '0')
  poll.set('wait', '25')
  return [...found,
    { label: 'curl: Server-Sent Events', text: `curl --no-buffer -H ${bearer(token)} ${quoted(`${origin}${path}/stream${query}`)}` },
    { label: 'curl: long poll', text: `curl -H ${bearer(token)} ${quoted(`${origin}${path}?${poll}`)}` }]
}

/** @param {Target} target @param {string} origin @param {string | null} token */
function wscat(target, origin, token) {
  const url = origin.replace(/^http/, 'ws') + pathOf(target)
  const joins = target.kind === 'channels' && target.channel ? ` --wait=-1 --execute ${quoted(JSON.stringify(subscribeFrame(target)))}` : ''
  return `npx wscat --header ${bearer(token)}${joins} --connect ${quoted(url)}`
}

/** Where REST gives the same events: a bot's alone have such a place. @param {Target} target */
function eventPath({ kind, channel, since, epoch }) {
  const isBot = kind === 'chat' || (kind === 'channels' && channel.startsWith('bot:'))
  if (!isBot || !idOf(channel)) return null
  const resume = new URLSearchParams()
  if (since) resume.set('since', since)
  if (since && epoch) resume.set('epoch', epoch)
  return { path: `/api/bots/${encodeURIComponent(idOf(channel))}/events`, resume }
}

/** Frames to start from. @param {Target} target @returns {{ name: string, frame: object }[]} */
export function templates({ kind, channel }) {
  const on = kind === 'channels' ? { channel } : {}
  const session = '00000000-0000-0000-0000-000000000000'
  const always = [{ name: 'ping', frame: { type: 'ping', id: '1', timestamp: new Date(0).toISOString() } }]
  const chat = [
    { name: 'typing', frame: { type: 'typing', ...on, data: { is_typing: true, session_id: session } } },
    { name: 'viewing', frame: { type: 'viewing', ...on, data: { session_id: session } } },
    { name: 'read', frame: { type: 'read', ...on, data: { session_id: session, message_id: session } } },
  ]
  const channels = [
    { name: 'subscribe', frame: { type: 'subscribe', id: '2', data: { channels: [{ channel }] } } },
    { name: 'unsubscribe', frame: { type: 'unsubscribe', id: '3', data: { channels: [channel] } } },
    { name: 'request_history', frame: { type: 'request_history', id: '4', data: { channel, since: 0, limit: 50 } } },
    { name: 'update_filter', frame: { type: 'update_filter', id: '5', data: { channel, filter: { types: ['chat_message'] } } } },
  ]
  if (kind === 'notifications') return always
  return kind === 'chat' ? [...always, ...chat] : [...always, ...channels, ...chat]
}
