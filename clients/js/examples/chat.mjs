// A chat in a terminal: what is said in a session is printed, what is typed is posted.
//   node chat.mjs http://localhost:8000 ann 'her password' SESSION_ID
import WebSocket from 'ws'
import { Colloquy } from 'colloquy'

const [url, username, password, session_id] = process.argv.slice(2)
const colloquy = new Colloquy({ url, WebSocket })
await colloquy.logIn({ username, password })
const session = colloquy.session(session_id)
session.on('chat_message', ({ data }) => console.log(`${data.username}: ${data.content}`))
await session.ready()
for await (const text of process.stdin.setEncoding('utf8')) if (text.trim()) await colloquy.send(session_id, text.trim()).result
colloquy.close()
