// Follows a bot for as long as it runs, and goes on where it was when it is started again: no event is missed or told twice.
//   COLLOQUY_USERNAME=ann COLLOQUY_PASSWORD=… node watcher.mjs http://localhost:8000 BOT_ID position.json
import { readFile, writeFile } from 'node:fs/promises'
import WebSocket from 'ws'
import { Colloquy } from 'colloquy'

const [url, bot_id, file] = process.argv.slice(2)
const { COLLOQUY_USERNAME: username = '', COLLOQUY_PASSWORD: password = '' } = process.env

const colloquy = new Colloquy({ url, WebSocket })
colloquy.on('state', ({ state, code, retryIn }) => console.error(state, code ?? '', retryIn === undefined ? '' : `next try in ${retryIn} ms`))
colloquy.on('error', ({ error, during }) => console.error(during, error))
await colloquy.logIn({ username, password })

const position = await readFile(file, 'utf8').then(JSON.parse, () => null)
const bot = colloquy.bot(bot_id)
if (position) bot.since(position.seq, position.epoch)

// Written one after the other; what is handled is kept before the next one is.
let last = Promise.resolve()
const keep = () => {
  const now = JSON.stringify({ seq: bot.seq, epoch: bot.epoch })
  last = last.then(() => writeFile(file, now))
}
bot.on('greeting', keep)
bot.on('event', (event) => {
  console.log(event.seq, event.type, JSON.stringify(event.data))
  keep()
})
bot.on('reset', ({ seq }) => {
  console.log(`too much was missed: the state was loaded anew at ${seq}`)
  keep()
})
bot.on('state', ({ state, code }) => {
  if (state !== 'refused' && state !== 'ended') return
  console.error(`no access to this bot (${code})`)
  colloquy.close()
})
process.once('SIGINT', () => colloquy.close())
process.once('SIGTERM', () => colloquy.close())
