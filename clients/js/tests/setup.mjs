// What the tests of the client begin with: a real server, people on it, and clients that are closed at the end.

import WebSocket from 'ws'

import { cast, Person, until } from '../../../tests/web/kit/people.mjs'
import { proxyFor } from '../../../tests/web/kit/proxy.mjs'
import { serverFor, startServer } from '../../../tests/web/kit/server.mjs'
import { Colloquy } from '../colloquy/index.js'

export { cast, Person, proxyFor, serverFor, startServer, until, WebSocket }

/** Short waits, so that a test of what comes after a loss is quick. */
export const QUICK = { backoff: { min: 20, max: 200 }, upgradeAgain: 100 }

/** A client that is closed with its test. `who` is a person of the kit, or nobody. */
export function clientFor(t, url, who, options = {}) {
  const client = new Colloquy({ url, WebSocket, ...QUICK, ...(who && !options.getToken && !options.storage && { tokens: who.tokens }), ...options })
  t.after(() => client.close())
  return client
}

/** A browser's storage for a test, which is full after so many writes. */
export function localStorageFor(t, room = Infinity) {
  const kept = new Map()
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => void kept.delete(key),
    setItem(key, text) {
      if (room <= 0) throw new DOMException('full', 'QuotaExceededError')
      room -= 1
      kept.set(key, text)
    },
  }
  Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true })
  t.after(() => delete globalThis.localStorage)
  return storage
}

/** Does `work` while two go on posting as this person. */
export async function whilePosting(person, session, work) {
  let over = false
  const write = async () => {
    while (!over) await person.post(session, 'a message')
  }
  const writers = [write(), write()]
  try {
    await work()
  } finally {
    over = true
    await Promise.all(writers)
  }
}

/** What a channel hands out, kept: `seqs`, `frames`, `states`, and waits for what comes. */
export class Ear {
  frames = []
  told = []
  #waiting = []

  constructor(channel) {
    this.channel = channel
    for (const type of ['frame', 'state', 'greeting', 'reset']) channel.on(type, (value) => this.#heard(type, value))
  }

  get seqs() {
    return this.frames.filter(({ seq }) => typeof seq === 'number').map(({ seq }) => seq)
  }

  get texts() {
    return this.frames.filter(({ type }) => type === 'chat_message').map(({ data }) => data.content)
  }

  get states() {
    return this.told.filter(([type]) => type === 'state').map(([, { state }]) => state)
  }

  live() {
    return this.until(() => this.channel.state === 'live', `${this.channel.name} is live`)
  }

  text(content) {
    return this.until(() => this.texts.includes(content), `the message ${content}`)
  }

  /** Resolves as soon as it holds; asked after everything that is handed out. */
  until(holds, what, within = 15_000) {
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`waited in vain for: ${what}; told were ${JSON.stringify(this.told.slice(-20))}`)), within)
      this.#waiting.push(() => {
        if (!holds()) return false
        clearTimeout(late)
        resolve()
        return true
      })
    })
  }

  #heard(type, value) {
    if (type === 'frame') this.frames.push(value)
    this.told.push([type, value])
    this.#waiting = this.#waiting.filter((done) => !done())
  }
}

/** The next event of a type that a client or channel tells and that is wanted. */
export function next(source, type, wanted = () => true, within = 15_000) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => done(() => reject(new Error(`waited in vain for ${type}`))), within)
    const off = source.on(type, (value) => wanted(value) && done(() => resolve(value)))
    const done = (settle) => {
      clearTimeout(late)
      off()
      settle()
    }
  })
}
