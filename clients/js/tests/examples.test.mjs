// The examples do what they say, as they stand, against the real server; and those that the README shows are these.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'

import { cast, startServer, until } from './setup.mjs'

const examples = fileURLToPath(new URL('../examples/', import.meta.url))
let server
before(async () => (server = await startServer()))
after(() => server.close())

/** An example as a program of its own; what it prints is kept by lines. */
function start(t, name, args, env = {}) {
  const child = spawn(process.execPath, [join(examples, name), ...args], { env: { ...process.env, ...env } })
  t.after(() => child.kill('SIGKILL'))
  const [lines, errors] = [[], []]
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const prints = (pattern) => until(() => lines.some((line) => pattern.test(line)), `${name} prints ${pattern}; so far ${lines.concat(errors)}`)
  return { child, lines, errors, ended, prints }
}

test('the chat in ten lines posts what is typed and prints what is said', async (t) => {
  const { owner, viewer, session } = await cast(server.url)
  const chat = start(t, 'chat.mjs', [server.url, viewer.username, viewer.password, session.id])
  chat.child.stdin.write('Hello from the terminal\n')
  await chat.prints(new RegExp(`${viewer.username}: Hello from the terminal`))
  await owner.post(session, 'Hello back')
  await chat.prints(new RegExp(`${owner.username}: Hello back`))
  chat.child.stdin.end()
  assert.equal(await chat.ended, 0)
  assert.deepEqual(chat.errors, [])
})

test('the watcher goes on where it was when it is started again', async (t) => {
  const { owner, viewer, bot, session } = await cast(server.url)
  const folder = await mkdtemp(join(tmpdir(), 'colloquy-watcher-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'position.json')
  const env = { COLLOQUY_USERNAME: viewer.username, COLLOQUY_PASSWORD: viewer.password }
  const args = [server.url, bot.id, file]
  const first = start(t, 'watcher.mjs', args, env)
  await until(() => readFile(file, 'utf8').then(Boolean, () => false), 'it is there')
  await owner.post(session, 'one')
  await first.prints(/chat_message .*"one"/)
  first.child.kill('SIGTERM')
  assert.equal(await first.ended, 0)
  await owner.post(session, 'two')
  const second = start(t, 'watcher.mjs', args, env)
  await second.prints(/chat_message .*"two"/)
  await owner.revoke(bot, viewer)
  assert.equal(await second.ended, 0)
  assert.deepEqual(second.lines.map((line) => line.split(' ')[1]), ['chat_message', 'permission_change'])
})

test('what the README shows is what was tried here', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const chat = await readFile(join(examples, 'chat.mjs'), 'utf8')
  const code = chat.slice(chat.indexOf('import'))
  assert.ok(readme.includes(`\`\`\`js\n${code}\`\`\``), 'the chat')
})
