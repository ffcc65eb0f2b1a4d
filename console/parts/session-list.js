// The list of a bot's conversations, those in which something happened last first: what is new in them, who is there, who writes.

import { h } from '../lib/dom.js'
import { dateTime, plural, shortWhen } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { makeLoad } from '../lib/loads.js'
import { session as who } from '../lib/session.js'
import { plainLine } from '../lib/text.js'
import { Avatars } from './avatar.js'
import { Button, IconButton } from './button.js'
import { LoadError } from './states.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('./bot-frame.js').BotView['sessions'][number]} Session */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */

/** @param {{ title: string }} session */
export const titleOf = (session) => session.title || 'Untitled conversation'

/** @typedef {{ ctx: Ctx, order: ReturnType<typeof import('../lib/order.js').makeOrder>, open: string | undefined, create: () => void }} ListProps */

/** @param {Self} self @param {ListProps} first @returns {(props: ListProps) => Child} */
export function SessionList(self, first) {
  let filter = ''
  const older = makeLoad(self, () => first.ctx.bot.watch.loadMoreSessions())
  const typed = (/** @type {any} */ event) => {
    filter = event.currentTarget.value
    self.update()
  }
  const hold = (/** @type {ReturnType<typeof import('../lib/order.js').makeOrder>} */ order, /** @type {boolean} */ now) => {
    order.hold(now)
    self.update()
  }
  return ({ ctx, order, open, create }) => {
    const { state } = ctx.bot
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
    const shown = order.of(state.sessions).filter((s) => words.every((w) => titleOf(s).toLowerCase().includes(w)))
    return h('section', { class: 'sessions', 'aria-label': 'Conversations' },
      h('div', { class: 'sessions-head' },
        h('label', { class: 'input-search grow' }, icon('filter'), h('span', { class: 'visually-hidden' }, 'Filter conversations by title'),
          h('input', { type: 'search', class: 'input', placeholder: 'Filter', value: filter, oninput: typed })),
        IconButton('add', 'New conversation', create, { kind: 'primary' })),
      shown.length === 0 && h('p', { class: 'sessions-none muted small' }, state.sessions.length ? 'No title like this.' : 'Nothing here yet.'),
      h('ul', { class: 'sessions-list', onpointerenter: () => hold(order, true), onpointerleave: () => hold(order, false) },
        shown.map((s) => h('li', { key: s.id }, row(ctx, s, s.id === open)))),
      state.moreSessions && (older.failure ? LoadError({ error: older.failure, again: older.run })
        : Button('Older conversations', older.run, { kind: 'quiet small', 'aria-busy': older.busy })))
  }
}

/** @param {Ctx} ctx @param {Session} session @param {boolean} open */
function row(ctx, session, open) {
  const { busy, text } = preview(ctx, session)
  const here = ctx.bot.state.online.filter((p) => p.session_id === session.id && p.user_id !== who.user?.id)
  const unread = open ? 0 : session.unread
  const href = ctx.href(`/bots/${ctx.bot.id}/conversations/${session.id}`)
  return h('a', { class: `session-row ${unread ? 'unread' : ''}`, href, 'aria-current': open ? 'page' : undefined },
    h('div', { class: 'row' },
      session.visibility === 'private' && h('span', { class: 'session-mark', title: 'Private: only you see it' },
        icon('private'), h('span', { class: 'visually-hidden' }, 'Private')),
      h('span', { class: 'grow truncate session-title', dir: 'auto' }, titleOf(session)),
      h('time', { class: 'tiny faint nowrap', datetime: session.updated_at, title: dateTime(session.updated_at) }, shortWhen(session.updated_at))),
    h('div', { class: 'row' },
      h('span', { class: `grow truncate small ${busy ? 'session-busy' : 'faint'}` },
        session.status === 'closed' && [h('span', { class: 'badge' }, 'Closed'), ' '], text),
      Avatars({ people: here, size: 'xs', most: 3, sentence: (names) => `Looking at it: ${names}` }),
      unread > 0 && h('span', { class: 'count', 'aria-label': `${unread} unread` }, unread > 99 ? '99+' : String(unread))))
}

/** What goes on in it, or what was said last. @param {Ctx} ctx @param {Session} session */
function preview(ctx, { id, message_count }) {
  const { bot, typing, answers, messages } = ctx.bot.state
  const [typist] = typing[id] ?? []
  if (typist) return { busy: true, text: `${typist.username} is typing …` }
  if (Object.values(answers).some((a) => a.session_id === id)) return { busy: true, text: `${bot?.name} is answering …` }
  const last = messages[id]?.items.at(-1)
  // Of those far down the list only the number of messages is known.
  if (!last) return { busy: false, text: message_count > 0 ? plural(message_count, 'message') : 'No message yet' }
  return { busy: false, text: [h('bdi', null, last.user_id === who.user?.id ? 'You' : last.username), ': ', h('bdi', null, plainLine(last.content))] }
}
