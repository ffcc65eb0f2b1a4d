// The mock server on a real port, for Node: for browsers, for other languages, for end-to-end tests of a frontend. Takes
// the optional peer dependency `ws`.

import { createServer } from 'node:http'

import { enter, isSocket, protocolOf } from './door.js'
import { bodyOf } from './fetch.js'

/** @typedef {import('./http.js').Http} Http */
/** @typedef {import('./http.js').Reply} Reply */
/** @typedef {import('./http.js').Request} Request */
/** @typedef {import('./world.js').World} World */

const LARGEST = 50 * 1024 * 1024

/**
 * @param {World} world
 * @param {Http} http
 * @param {{port?: number, host?: string}} where
 * @returns {Promise<{url: string, port: number, close(): Promise<void>}>}
 */
export async function listen(world, http, { port = 0, host = '127.0.0.1' }) {
  const { WebSocketServer } = await import('ws').catch(() => {
    throw new Error('mock.listen() takes the package ws: npm install --save-dev ws')
  })
  const server = createServer(async (asked, answer) => {
    if (world.offline) return asked.socket.destroy()
    try {
      reply(world, await http.serve(request(asked, answer)), answer)
    } catch (error) {
      answer.writeHead(500).end(String(error))
    }
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024, handleProtocols: (offered) => protocolOf([...offered]) || false })
  server.on('upgrade', (asked, socket, head) => {
    const url = new URL(asked.url ?? '/', 'http://mock')
    if (world.offline) return socket.destroy()
    if (world.refusesUpgrades || !isSocket(url.pathname)) return socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    sockets.handleUpgrade(asked, socket, head, (ws) => admit(world, ws, url, asked))
  })
  await new Promise((ready, failed) => server.once('error', failed).listen(port, host, () => ready(undefined)))
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    async close() {
      for (const ws of sockets.clients) ws.terminate()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** @param {World} world @param {import('ws').WebSocket} ws @param {URL} url @param {import('node:http').IncomingMessage} asked */
function admit(world, ws, url, asked) {
  const off = world.whenCut(() => ws.terminate())
  /** @type {import('./peer.js').Peer | null} */
  let peer = null
  ws.on('message', (text, binary) => {
    if (binary) peer?.close(1003)
    else if (!world.deaf) peer?.receive(String(text))
  })
  ws.on('error', () => ws.terminate())
  ws.on('close', (code) => {
    off()
    peer?.gone(code)
  })
  const protocols = asked.headers['sec-websocket-protocol']?.split(',').map((one) => one.trim()) ?? []
  peer = enter(world, { url, protocols, authorization: asked.headers.authorization }, {
    send: (text) => {
      if (!world.deaf) ws.send(text)
    },
    close: (code, reason) => ws.close(code, reason),
    drop: () => ws.terminate(),
  })
}

/** @param {import('node:http').IncomingMessage} asked @param {import('node:http').ServerResponse} answer @returns {Request} */
function request(asked, answer) {
  const abort = new AbortController()
  // Whoever asked has gone before the answer.
  answer.once('close', () => answer.writableFinished || abort.abort())
  return {
    method: asked.method ?? 'GET',
    url: new URL(asked.url ?? '/', 'http://mock'),
    header: (name) => (Array.isArray(asked.headers[name]) ? asked.headers[name].join(', ') : (asked.headers[name] ?? null)),
    signal: abort.signal,
    async body() {
      const parts = []
      let size = 0
      for await (const part of asked) {
        if ((size += part.length) > LARGEST) throw new Error('the body is too large')
        parts.push(part)
      }
      const bytes = Buffer.concat(parts)
      if (!asked.headers['content-type']?.startsWith('multipart/form-data')) return bodyOf(bytes.toString('utf8'))
      const form = await new Response(bytes, { headers: { 'content-type': asked.headers['content-type'] } }).formData()
      const file = form.get('file')
      if (!file || typeof file === 'string') return { raw: '' }
      return { raw: '', file: { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) } }
    },
  }
}

/** @param {World} world @param {Reply} told @param {import('node:http').ServerResponse} answer */
function reply(world, { status, headers, body }, answer) {
  answer.writeHead(status, headers)
  if (body === null) return answer.end()
  if (typeof body === 'string' || body instanceof Uint8Array) return answer.end(body)
  const off = world.whenCut(() => answer.destroy())
  const stop = body.start((text) => answer.write(text), () => answer.end())
  answer.once('close', () => {
    off()
    stop()
  })
  return undefined
}
