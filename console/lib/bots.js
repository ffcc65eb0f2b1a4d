// The list of one's bots, shared by the sidebar and the bots page, and which of them have something new.
// What one bot looks like inside is the client's BotState (`colloquy.watch`), not this list.

import { colloquy, onSession, session } from './session.js'

/** @typedef {import('../colloquy/schema.js').Bot} ListedBot */

export const bots = {
  /** @type {ListedBot[]} */
  items: [],
  loaded: false,
  /** @type {unknown} */
  error: undefined,
  /** Bots in which something was said that was not looked at yet. @type {Set<string>} */
  fresh: new Set(),
}

/** @type {Set<() => void>} */
const watchers = new Set()

/** @param {() => void} fn @returns {() => void} */
export function onBots(fn) {
  watchers.add(fn)
  return () => { watchers.delete(fn) }
}

function changed() {
  for (const fn of [...watchers]) fn()
}

let asking = 0
/** When it was asked for last. */
let askedAt = 0

/** Load the list anew; the last call wins. */
export async function loadBots() {
  const mine = ++asking
  askedAt = Date.now()
  try {
    /** @type {ListedBot[]} */
    const items = []
    /** @type {string | undefined} */
    let cursor
    do {
      const page = await colloquy.api.listBots({ limit: 100, cursor })
      items.push(...page.items)
      cursor = page.next_cursor ?? undefined
    } while (cursor && items.length < 1000)
    if (mine !== asking) return
    bots.items = items
    bots.loaded = true
    bots.error = undefined
    listen()
  } catch (error) {
    if (mine !== asking) return
    bots.error = error
  }
  changed()
}

/** So long news of several bots are waited for, in ms. */
const JOINED = 500
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon

/** Load the list anew before long: many bots that change at once are one load. */
export function loadBotsSoon() {
  soon ??= setTimeout(() => {
    soon = undefined
    if (session.user) loadBots()
  }, JOINED)
}

/** @param {string} bot_id */
export function seen(bot_id) {
  if (bots.fresh.delete(bot_id)) changed()
}

/** The bot that is open marks nothing as new. @type {string | null} */
let open = null
/** @param {string | null} bot_id */
export function setOpenBot(bot_id) {
  open = bot_id
  if (bot_id) seen(bot_id)
}

/** The most bots whose news the sidebar listens to. */
const MOST = 60
/** @type {Map<string, { leave: () => void }>} */
const channels = new Map()

/** One shared socket carries them all, so listening to the other bots costs little. */
function listen() {
  const wanted = new Set(bots.items.slice(0, MOST).map((b) => b.id))
  for (const [id, channel] of channels) {
    if (wanted.has(id)) continue
    channel.leave()
    channels.delete(id)
  }
  for (const id of wanted) {
    if (channels.has(id)) continue
    const channel = colloquy.bot(id)
    const off = channel.on('event', (/** @type {any} */ frame) => heard(id, frame))
    channels.set(id, { leave: () => { off(); channel.leave() } })
  }
}

/** @param {string} id @param {any} frame */
function heard(id, frame) {
  if (frame.type === 'chat_message' && id !== open && frame.data.user_id !== session.user?.id && !bots.fresh.has(id)) {
    bots.fresh.add(id)
    changed()
  } else if (frame.type === 'bot_update' || (frame.type === 'permission_change' && frame.data.target_user_id === session.user?.id)) {
    loadBotsSoon()
  }
}

/** A list that is older than this, in ms, is loaded anew when one comes back to the page: of some changes nobody is told. */
const OLD = 60_000

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && session.user && Date.now() - askedAt > OLD) loadBots()
})

colloquy.on('state', ({ state }) => { if (state === 'open' && bots.error && session.user) loadBots() })

onSession(() => {
  // An answer that is still on its way is somebody else's.
  asking += 1
  for (const channel of channels.values()) channel.leave()
  channels.clear()
  bots.items = []
  bots.loaded = false
  bots.error = undefined
  bots.fresh.clear()
  if (session.user) loadBots()
})
