// The open conversation: its head, the messages by day and author, who types, and the composer. Where it scrolls to is in
// thread-scroll.js, what a row is in thread-rows.js, what a message looks like in message.js.

import { loadHtml } from '../lib/content.js'
import { focusNext, h } from '../lib/dom.js'
import { list, plural } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { makeLoad } from '../lib/loads.js'
import { readIn } from '../lib/notifications.js'
import { session as who } from '../lib/session.js'
import { makeAnnouncer } from './announcer.js'
import { Answer, Dots, Waiting } from './answer.js'
import { Button } from './button.js'
import { Composer } from './composer.js'
import { Message } from './message.js'
import { LoadError } from './states.js'
import { ThreadHead } from './thread-head.js'
import { firstUnread, readersOf, rowsOf } from './thread-rows.js'
import { makeScroll } from './thread-scroll.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {import('./bot-frame.js').Bot} Bot */
/** @typedef {import('./bot-frame.js').BotView} BotView */
/** @typedef {BotView['sessions'][number]} Session */
/** @typedef {import('./thread-rows.js').Posted} Posted */
/** @typedef {ReturnType<typeof makeScroll>} Scroll */
/**
 * @typedef {object} ThreadProps
 * @property {Ctx} ctx
 * @property {Session} session
 * @property {string | null} target  the message to show first
 * @property {(cited: import('./passage.js').Cited) => void} cite
 */

/** So many pages are loaded in search of one message. */
const MOST_PAGES = 100

/** @param {Self} self @param {ThreadProps} first @returns {(props: ThreadProps) => Child} */
export function Thread(self, first) {
  const { ctx } = first
  const { bot } = ctx
  const { id, unread } = first.session
  const scroll = makeScroll(self.update)
  const announcer = makeAnnouncer(bot, id)
  const past = makePast(self, ctx, id, scroll)
  const readAtStart = bot.state.read[id]?.[who.user?.id ?? '']
  /** @type {string | null} */
  let target = null
  /** @type {string | null} */
  let editing = null
  const edit = (/** @type {string | null} */ message_id) => {
    editing = message_id
    self.update()
  }
  const seen = lookAt(self, bot, id, scroll)
  const here = `/bots/${bot.id}/conversations/${id}`
  self.dispose(ctx.guardLeaving((to) => to?.split('?')[0] !== here && isEdited(editing, bot.state.messages[id]?.items)
    && 'You changed a message and did not save it.'))
  self.dispose(bot.watch.subscribe(announcer.look))
  loadHtml(id)

  return (props) => {
    if (props.target !== target) {
      target = props.target
      if (target) past.show(target)
    }
    const { session } = props
    const { state } = bot
    const items = state.messages[id]?.items ?? []
    scroll.count(items)
    return h('section', { class: 'thread', 'aria-label': session.title || 'Conversation' },
      // The frame with the bot's name gives way to the conversation on a phone.
      h('h1', { class: 'visually-hidden only-phone' }, state.bot?.name),
      ThreadHead({ ctx, session }),
      h('div', {
        class: 'thread-scroll', tabindex: '0', role: 'region', 'aria-label': 'Messages', onkeydown: walk,
        onscroll: () => {
          scroll.moved(past.older)
          seen()
        },
        after: (/** @type {HTMLElement} */ node) => {
          scroll.drawn(node)
          seen()
        },
      },
      h('div', { class: 'thread-inner', ref: scroll.watchSize },
        beginning(state, session, past),
        messages({ ...props, edit }, { editing, newFrom: unread > 0 ? firstUnread(items, readAtStart) : null })),
      jumpDown(scroll)),
      h('div', { class: 'visually-hidden', role: 'log', 'aria-live': 'polite', 'aria-label': 'New messages' },
        announcer.lines.map((line) => h('p', { key: line.id }, line.text))),
      h('div', { class: 'typing small', 'aria-hidden': 'true' }, typists(state, id)),
      session.status === 'closed' ? closedNote()
        : h(Composer, { key: 'composer', ctx, session, sent: scroll.toEnd, editLast: () => edit(lastOwn(items)) }))
  }
}

/** @param {string | null} id @param {readonly Posted[]} [items] */
function isEdited(id, items) {
  const box = document.getElementById(`edit-${id}`)
  const message = items?.find((m) => m.id === id)
  return box instanceof HTMLTextAreaElement && message !== undefined && box.value !== message.content
}

/** @param {readonly Posted[]} items @returns {string | null} */
const lastOwn = (items) => items.findLast((m) => m.user_id === who.user?.id && m.role === 'user')?.id ?? null

/**
 * Says that one looks at this conversation, and that one has read it whenever its end is before one's eyes.
 * @param {Self} self @param {Bot} bot @param {string} id @param {Scroll} scroll
 */
function lookAt(self, bot, id, scroll) {
  const seen = () => {
    if (document.hidden || !document.hasFocus() || !scroll.atEnd()) return
    bot.watch.markRead(id)
    readIn(id)
  }
  // Who has the page in a tab behind others does not look at it.
  const turned = () => {
    bot.watch.viewing(document.hidden ? null : id)
    seen()
  }
  bot.watch.open(id)
  turned()
  addEventListener('focus', seen)
  document.addEventListener('visibilitychange', turned)
  self.dispose(() => {
    removeEventListener('focus', seen)
    document.removeEventListener('visibilitychange', turned)
    bot.watch.viewing(null)
    bot.watch.close(id)
    scroll.end()
  })
  return seen
}

/** What is older than what is loaded. @param {Self} self @param {Ctx} ctx @param {string} id @param {Scroll} scroll */
function makePast(self, ctx, id, scroll) {
  const { bot } = ctx
  const held = () => bot.state.messages[id]
  const load = async () => {
    const first = held()?.items[0]?.id
    if (first) loadHtml(id, first)
    // While it loads there are words instead of the button.
    const pressed = document.activeElement?.closest('.thread-older')
    await bot.watch.loadOlder(id)
    if (pressed && first) focusNext(`[data-message="${first}"]`)
  }
  /** The message that is looked for. @type {string | null} */
  let wanted = null
  let gone = false
  self.dispose(() => { gone = true })
  const older = makeLoad(self, load)
  // What the thread begins with is on its way already: this only says it when it does not come.
  if (held()?.items.length === 0 && held()?.more) older.run()
  /** Load back until the message is there, then show it. @param {string} message_id */
  const show = async (message_id) => {
    wanted = message_id
    let failed = false
    for (let pages = 0; pages < MOST_PAGES && !failed; pages++) {
      const items = held()?.items ?? []
      if (items.some((m) => m.id === message_id)) return scroll.show(message_id)
      await load().catch(() => { failed = true })
      if (gone || wanted !== message_id) return
      failed ||= held()?.items.length === items.length
    }
    if (!held()?.more) return ctx.toast({ tone: 'warning', message: 'This message could not be found. It may have been deleted.' })
    const again = { label: failed ? 'Try again' : 'Go on', run: () => { if (!gone) show(message_id) } }
    ctx.toast({
      tone: 'warning', action: again,
      message: failed ? 'The server cannot be reached right now, so the older messages could not be loaded.' : 'This message lies very far back and is not reached yet.',
    })
  }
  return {
    show,
    get failure() { return older.failure },
    again: older.run,
    /** One has scrolled there, or presses the button. After a failure only a person tries again. */
    older() {
      if (held()?.more && !held().loading && !older.failure) older.run()
    },
  }
}

/**
 * The one list: posted messages, answers that are being made, own messages that are still on their way.
 * @param {ThreadProps & { edit: (id: string | null) => void }} props
 * @param {{ editing: string | null, newFrom: string | null }} marks
 */
function messages({ ctx, session, cite, edit }, { editing, newFrom }) {
  const { state, watch } = ctx.bot
  const items = state.messages[session.id]?.items ?? []
  const last = items[items.length - 1]
  const readers = readersOf(state, session.id)
  const common = { ctx, session, cite, edit }
  const answers = Object.values(state.answers).filter((a) => a.session_id === session.id)
  return h('ol', { class: 'messages', 'aria-label': 'Messages' },
    rowsOf(items, newFrom).map((row) => {
      if (row.kind !== 'message') return h('li', { key: `${row.kind} ${row.label}`, class: `${row.kind}-line` }, h('span', null, row.label))
      const { message, grouped } = row
      const own = { grouped, last: message === last, editing: editing === message.id, readers: othersThan(message.user_id, readers.get(message.id)) }
      const seenBy = own.readers.map((p) => p.user_id).join()
      const same = [message, grouped, own.last, own.editing, seenBy, session.status, state.members, state.role, state.bot]
      return h(Message, { key: watch.keyOf(message.id), ...common, message, ...own, same })
    }),
    answers.map((answer) => h(Answer, { key: answer.message_id, ctx, answer, same: [answer, state.role, state.members] })),
    (state.waiting[session.id] ?? []).map((sent) => h(Waiting, { key: sent.key, ctx, sent })))
}

/** That one has read one's own message says nothing. @param {string | null} user_id @param {{ user_id: string, username: string }[]} [readers] */
const othersThan = (user_id, readers = []) => readers.filter((p) => p.user_id !== user_id)

/** Up and down go from message to message, as in any list; Tab goes on into what can be done with it. @param {KeyboardEvent} event */
function walk(event) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  const { target, currentTarget } = event
  if (!by || !(target instanceof Element) || !(currentTarget instanceof Element) || target.matches('textarea, [role^=menuitem]')) return
  const all = /** @type {HTMLElement[]} */ ([...currentTarget.querySelectorAll('.message[tabindex]')])
  const at = all.findIndex((message) => message.contains(target))
  const to = at < 0 ? undefined : all[at + by]
  if (!to) return
  event.preventDefault()
  to.focus()
  to.scrollIntoView({ block: 'nearest' })
}

/** What stands above the first message. @param {BotView} state @param {Session} session @param {ReturnType<typeof makePast>} past */
function beginning(state, session, { failure, older, again }) {
  const held = state.messages[session.id]
  if (!held || held.loading) return h('p', { class: 'thread-older faint small', role: 'status' }, 'Loading messages …')
  if (failure) return LoadError({ error: failure, again })
  if (held.more) return h('p', { class: 'thread-older' }, Button('Load older messages', older, { kind: 'quiet small' }))
  const name = state.bot?.name
  const alone = session.visibility === 'private' ? ' Only you can read it.' : ''
  const text = held.items.length ? `${session.username} began this conversation.${alone}`
    : session.status === 'closed' ? `Nothing was said here.${alone}`
    : session.auto_reply ? `Say something; ${name} answers.` : `Say something. ${name} answers when it is asked with @bot.`
  return h('p', { class: 'thread-start muted small' }, text)
}

/** @param {Scroll} scroll */
function jumpDown(scroll) {
  const missed = scroll.missed()
  if (scroll.atEnd() && missed === 0) return null
  return h('div', { class: 'jump' },
    Button(missed > 0 ? plural(missed, 'new message') : 'Newest', scroll.toEnd, { icon: 'down', kind: 'small' }))
}

/** @param {BotView} state @param {string} session_id */
function typists(state, session_id) {
  const names = (state.typing[session_id] ?? []).filter((p) => p.user_id !== who.user?.id).map((p) => p.username)
  if (names.length === 0) return null
  return h('span', null, Dots(), ` ${list(names)} ${names.length === 1 ? 'is' : 'are'} typing`)
}

function closedNote() {
  return h('p', { class: 'closed-note' }, icon('lock'), 'This conversation is closed. Reading goes on, writing does not.')
}
