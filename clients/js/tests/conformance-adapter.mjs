// The adapter of the conformance suite: takes commands as JSON lines on stdin, drives a client with them, and tells on
// stdout what its listeners get. The scenarios are in tests/web/conformance. Nothing here works around the client.

import { createInterface } from 'node:readline'

import WebSocket from 'ws'

import { Colloquy } from '../colloquy/index.js'

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** The client of the present scenario. */
let colloquy = null
let channels = new Map()
let tokenAnswers = new Map()
let throwing = false
/** Counts clients: what an old one still tells is not told on. */
let life = 0

const commands = { open, watch, leave, send, typing, viewing, read, call, token, reconnect, close }

function open({ url, tokens, askForTokens = false, throwingListener = false, options: { outboxLimit, ...options } }) {
  const mine = ++life
  const event = (line) => mine === life && tell(line)
  throwing = throwingListener
  tokenAnswers = new Map()
  channels = new Map()
  let asked = 0
  const getToken = ({ reason }) =>
    new Promise((answer) => {
      asked += 1
      tokenAnswers.set(asked, answer)
      event({ event: 'token_wanted', n: asked, reason })
    })
  colloquy = new Colloquy({
    url,
    ...(askForTokens ? { getToken } : { tokens }),
    WebSocket,
    ...options,
    ...(outboxLimit === undefined ? {} : { outbox: { limit: outboxLimit } }),
  })
  colloquy.on('state', ({ state, code, retryIn }) => event({ event: 'state', state, code, retry_in: retryIn }))
  colloquy.on('latency', (ms) => event({ event: 'latency', ms }))
  colloquy.on('transport', (transport) => event({ event: 'transport', transport: transport?.transport ?? transport }))
  colloquy.on('signed_out', ({ reason }) => event({ event: 'signed_out', reason }))
  colloquy.on('error', ({ during }) => during?.includes('listener') && event({ event: 'listener_error' }))
  let waiting = 0
  colloquy.on('outbox', (entries) => {
    const now = entries.filter(({ status }) => status === 'waiting' || status === 'sending').length
    if (now !== waiting) event({ event: 'outbox', waiting: (waiting = now) })
  })
  return null
}

function watch({ channel: name, since, epoch }) {
  const mine = life
  const event = (line) => mine === life && tell(line)
  const channel = joined(name)
  if (since !== undefined) channel.since(since, epoch)
  if (throwing) channel.on('frame', () => { throw new Error('a listener that throws'); })
  channel.on('frame', (frame) => event({ event: 'frame', channel: name, frame }))
  channel.on('state', ({ state, code }) => event({ event: 'channel', channel: name, state, code }))
  channel.on('reset', ({ seq, epoch: life, snapshot }) => event({ event: 'reset', channel: name, seq, epoch: life, snapshot: snapshot !== undefined }))
  channels.set(name, channel)
  return null
}

function joined(name) {
  const [kind, id] = name.split(':')
  if (kind === 'bot') return colloquy.bot(id)
  if (kind === 'session') return colloquy.session(id)
  return colloquy.channel(name)
}

function leave({ channel }) {
  channels.get(channel).leave()
  channels.delete(channel)
  return null
}

function send({ session_id, content, reply, bot_id }) {
  const mine = life
  const sent = colloquy.send(session_id, content, { reply, bot_id })
  sent.result.then(
    ({ message }) => mine === life && tell({ event: 'sent', key: sent.key, message_id: message.id }),
    (error) => mine === life && tell({ event: 'send_failed', key: sent.key, status: error.status, code: error.code }),
  )
  return { key: sent.key }
}

function typing({ channel, session_id, is_typing }) {
  channels.get(channel).typing(session_id, is_typing)
  return null
}

function viewing({ channel, session_id }) {
  channels.get(channel).viewing(session_id)
  return null
}

function read({ channel, session_id, message_id }) {
  channels.get(channel).read(session_id, message_id)
  return null
}

function call({ operation, args }) {
  return colloquy.api[operation](args)
}

function token({ n, token: given }) {
  tokenAnswers.get(n)(given)
  tokenAnswers.delete(n)
  return null
}

function reconnect() {
  colloquy.reconnect()
  return null
}

async function close() {
  await colloquy.close()
  life += 1
  for (const answer of tokenAnswers.values()) answer(null)
  return null
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, do: what, ...fields } = JSON.parse(line)
  try {
    const ok = (await commands[what](fields)) ?? null
    tell({ id, ok })
  } catch (error) {
    tell({ id, error: { status: error.status, code: error.code, message: error.message } })
    if (error.status === undefined) console.error(error)
  }
}).on('close', () => process.exit(0))
