// A chat in a terminal: what is said in a session is printed, what is typed is posted.
//   node chat.mjs http://localhost:8000 ann 'her password' SESSION_ID
import { createInterface } from 'node:readline'
import WebSocket from 'ws'
import { Colloquy } from 'colloquy'

const [url, username, password, session_id] = process.argv.slice(2)
const colloquy = new Colloquy({ url, WebSocket })
await colloquy.logIn({ username, password })
const session = await colloquy.session(session_id).ready()
session.on('chat_message', ({ data }) => console.log(`${data.username}: ${data.content}`))
for await (const line of createInterface({ input: process.stdin })) await colloquy.send(session_id, line).result
colloquy.close()
