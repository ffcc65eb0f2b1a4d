// The open conversation: its head, the messages by day and author, who types, and the composer.
// Scrolling is here: staying at the newest, keeping the place while older ones load, jumping to a message.

import { h } from '../lib/dom.js'
import { loadHtml } from '../lib/content.js'
import { dayKey, dayLabel, list, plural } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { readIn } from '../lib/notifications.js'
import { session as who } from '../lib/session.js'
import { Composer } from './composer.js'
import { Answer, Message, Waiting } from './message.js'
import { ThreadHead } from './thread-head.js'
import { makeScroll } from './thread-scroll.js'
import { makeAnnouncer } from './announcer.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {import('./bot-frame.js').BotView} BotView */
/** @typedef {BotView['sessions'][number]} Session */
/** @typedef {BotView['messages'][string]['items'][number]} Posted */
/** @typedef {{ ctx: Ctx, session: Session, target: string | null, cite: (cited: import('./passage.js').Cited) => void }} ThreadProps */

/** Messages of one author within so many ms stand under one name. */
const TOGETHER = 5 * 60_000

/** @param {Self} self @param {ThreadProps} first @returns {(props: ThreadProps) => Child} */
export function Thread(self, first) {
  const { ctx } = first
  const { bot } = ctx
  const id = first.session.id
  const scroll = makeScroll(self.update)
  const announce = makeAnnouncer(bot, id)
  const readAtStart = bot.state.read[id]?.[who.user?.id ?? '']
  const unreadAtStart = first.session.unread
  let target = first.target
  /** @type {string | null} */
  let editing = null

  bot.watch.open(id)
  bot.watch.viewing(id)
  loadHtml(id)
  const seen = () => {
    if (document.hidden || !document.hasFocus() || !scroll.atEnd()) return
    const items = bot.state.messages[id]?.items ?? []
    if (items.length > 0) bot.watch.markRead(id)
    readIn(id)
  }
  // Who has the page in a tab behind others does not look at it.
  const turned = () => {
    bot.watch.viewing(document.hidden ? null : id)
    seen()
  }
  addEventListener('focus', seen)
  document.addEventListener('visibilitychange', turned)
  self.dispose(() => {
    removeEventListener('focus', seen)
    document.removeEventListener('visibilitychange', turned)
  })
  self.dispose(() => {
    bot.watch.viewing(null)
    bot.watch.close(id)
    scroll.end()
  })

  const older = async () => {
    const held = bot.state.messages[id]
    if (!held?.more || held.loading) return
    const before = held.items[0]?.id
    await ctx.attempt(() => Promise.all([bot.watch.loadOlder(id), loadHtml(id, before)]), 'Older messages could not be loaded')
  }
  /** Load back until the message is there, then show it. @param {string} message_id */
  const jump = async (message_id) => {
    for (let pages = 0; pages < 100; pages++) {
      const held = bot.state.messages[id]
      if (held?.items.some((m) => m.id === message_id)) return scroll.show(message_id)
      if (held && !held.more && !held.loading) break
      try {
        await bot.watch.loadOlder(id)
      } catch (error) {
        return ctx.toastError(error)
      }
    }
    ctx.toast({ tone: 'warning', message: 'This message is no longer there.' })
  }
  if (target) jump(target)
  self.dispose(bot.watch.subscribe(() => announce.look()))

  return (props) => {
    const { session } = props
    if (props.target !== target) {
      target = props.target
      if (target) jump(target)
    }
    const { state } = bot
    const held = state.messages[id] ?? { items: [], more: false, loading: true }
    const edit = (/** @type {string | null} */ message_id) => { editing = message_id; self.update() }
    const common = { ctx, session, cite: props.cite, edit }
    const readers = readersOf(state, id)
    const answers = Object.values(state.answers).filter((a) => a.session_id === id)
    const waiting = state.waiting[id] ?? []
    const newFrom = unreadAtStart > 0 ? firstUnread(held.items, readAtStart) : null
    const last = held.items[held.items.length - 1]
    scroll.count(held.items)
    return h('section', { class: 'thread', 'aria-label': session.title || 'Conversation' },
      // The frame with the bot's name gives way to the conversation on a phone.
      h('h1', { class: 'visually-hidden only-phone' }, state.bot?.name),
      ThreadHead({ ctx, session }),
      h('div', { class: 'thread-scroll', tabindex: '0', role: 'region', 'aria-label': 'Messages', onkeydown: walk, onscroll: () => { scroll.moved(older); seen() }, after: (/** @type {HTMLElement} */ node) => { scroll.drawn(node); seen() } },
        h('div', { class: 'thread-inner', ref: scroll.watchSize },
          held.more || held.loading ? h('p', { class: 'thread-older faint small', role: held.items.length ? undefined : 'status' }, held.loading ? 'Loading messages …' : h('button', { type: 'button', class: 'button quiet small', onclick: older }, 'Load older messages'))
            : h('p', { class: 'thread-start muted small' }, held.items.length ? beginning(session) : emptyText(session, state)),
          h('ol', { class: 'messages', 'aria-label': 'Messages' }, rows(held.items, newFrom).map((row) => typeof row === 'string'
            ? h('li', { key: `day ${row}`, class: row === 'new' ? 'new-line' : 'day-line' }, h('span', null, row === 'new' ? 'New' : row))
            : h(Message, {
              key: bot.watch.keyOf(row.message.id), ...common, message: row.message, grouped: row.grouped, editing: editing === row.message.id, readers: readers.get(row.message.id),
              last: row.message === last,
              same: [row.message, row.grouped, row.message === last, editing === row.message.id, readers.get(row.message.id)?.map((p) => p.user_id).join(), session, state.members, state.role, state.bot],
            })),
          answers.map((answer) => h(Answer, { key: answer.message_id, ...common, answer, same: [answer, state.role, state.members] })),
          waiting.map((sent) => h(Waiting, { key: sent.key, ctx, sent })))),
        scroll.missed() > 0 || !scroll.atEnd() ? h('div', { class: 'jump' }, h('button', { type: 'button', class: 'button small', onclick: scroll.toEnd }, icon('down'), scroll.missed() > 0 ? plural(scroll.missed(), 'new message') : 'Newest')) : null),
      h('div', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite', 'aria-label': 'New messages' }, announce.lines.map((line) => h('p', { key: line.id }, line.text))),
      h('div', { class: 'typing small', 'aria-hidden': 'true' }, typingText(state, id)),
      session.status === 'closed' ? closedNote() : h(Composer, { key: 'composer', ctx, session, sent: scroll.toEnd, editLast: () => editLast(held.items, edit) }))
  }
}

/** Up and down go from message to message, as in any list; Tab goes on into what can be done with it. @param {KeyboardEvent} event */
function walk(event) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  const at = event.target instanceof Element ? event.target.closest('.message') : null
  if (!by || !at || !(event.currentTarget instanceof Element) || (event.target instanceof Element && event.target.matches('textarea, [role^=menuitem]'))) return
  const all = /** @type {HTMLElement[]} */ ([...event.currentTarget.querySelectorAll('.message[tabindex]')])
  const to = all[all.indexOf(/** @type {HTMLElement} */ (at)) + by]
  if (!to) return
  event.preventDefault()
  to.focus()
  to.scrollIntoView({ block: 'nearest' })
}

/** @param {readonly Posted[]} items @param {string | null} newFrom @returns {(string | { message: Posted, grouped: boolean })[]} */
function rows(items, newFrom) {
  /** @type {(string | { message: Posted, grouped: boolean })[]} */
  const out = []
  /** @type {Posted | undefined} */
  let last
  for (const message of items) {
    const newDay = !last || dayKey(last.timestamp) !== dayKey(message.timestamp)
    if (newDay) out.push(dayLabel(message.timestamp))
    if (message.id === newFrom) out.push('new')
    const grouped = Boolean(last && !newDay && message.id !== newFrom && last.user_id === message.user_id && last.role === message.role && message.role === 'user'
      && Date.parse(message.timestamp) - Date.parse(last.timestamp) < TOGETHER)
    out.push({ message, grouped })
    last = message
  }
  return out
}

/** @param {readonly Posted[]} items @param {string | undefined} read */
function firstUnread(items, read) {
  const at = items.findIndex((m) => m.id === read)
  if (read && at < 0) return null
  return items.slice(at + 1).find((m) => m.user_id !== who.user?.id)?.id ?? null
}

/** Who has read up to which message, but oneself. @param {BotView} state @param {string} session_id */
function readersOf(state, session_id) {
  /** @type {Map<string, { user_id: string, username: string }[]>} */
  const readers = new Map()
  for (const [user_id, message_id] of Object.entries(state.read[session_id] ?? {})) {
    const member = state.members.find((m) => m.user_id === user_id)
    if (!member || user_id === who.user?.id) continue
    readers.set(message_id, [...(readers.get(message_id) ?? []), member])
  }
  return readers
}

/** @param {BotView} state @param {string} session_id */
function typingText(state, session_id) {
  const names = (state.typing[session_id] ?? []).filter((p) => p.user_id !== who.user?.id).map((p) => p.username)
  if (names.length === 0) return ''
  return h('span', null, h('span', { class: 'dots' }, h('i', null), h('i', null), h('i', null)), ` ${list(names)} ${names.length === 1 ? 'is' : 'are'} typing`)
}

/** @param {Session} session */
const beginning = (session) => `${session.username} began this conversation.${session.visibility === 'private' ? ' Only you can read it.' : ''}`

/** @param {Session} session @param {BotView} state */
const emptyText = (session, state) => (session.auto_reply ? `Say something; ${state.bot?.name} answers.` : `Say something. ${state.bot?.name} answers when it is asked with @bot.`)

function closedNote() {
  return h('p', { class: 'closed-note' }, icon('lock'), 'This conversation is closed. Reading goes on, writing does not.')
}

/** The last own message that can be edited. @param {readonly Posted[]} items @param {(id: string) => void} edit */
function editLast(items, edit) {
  const last = items.findLast((m) => m.user_id === who.user?.id && m.role === 'user')
  if (last) edit(last.id)
}
