// The list of conversations of a bot, and the dialogs that make, rename and delete one.

import { h } from '../lib/dom.js'
import { plural, shortWhen, dateTime } from '../lib/format.js'
import { Form, field } from '../lib/forms.js'
import { icon } from '../lib/icons.js'
import { session as who } from '../lib/session.js'
import { plainLine } from '../lib/text.js'
import { Avatars } from './avatar.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('./bot-frame.js').BotView['sessions'][number]} Session */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */

/** @param {Session} session */
export const titleOf = (session) => session.title || 'Untitled conversation'

/** May this person rename, close and delete it? @param {Ctx} ctx @param {Session} session */
export const mayManage = (ctx, session) => session.created_by === who.user?.id || (ctx.bot.canEdit && session.visibility === 'shared')

/** @param {Self} self @returns {(props: { ctx: Ctx, open: string | undefined, create: () => void }) => Child} */
export function SessionList(self) {
  let filter = ''
  return ({ ctx, open, create }) => {
    const { state } = ctx.bot
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
    const shown = state.sessions.filter((s) => words.every((w) => titleOf(s).toLowerCase().includes(w)))
    return h('section', { class: 'sessions', 'aria-label': 'Conversations' },
      h('div', { class: 'sessions-head' },
        h('label', { class: 'input-search grow' }, icon('filter'), h('span', { class: 'visually-hidden' }, 'Filter conversations by title'),
          h('input', { type: 'search', class: 'input', placeholder: 'Filter', value: filter, oninput: (/** @type {any} */ e) => { filter = e.currentTarget.value; self.update() } })),
        h('button', { type: 'button', class: 'button primary icon-only', 'aria-label': 'New conversation', title: 'New conversation', onclick: create }, icon('add'))),
      shown.length === 0 && h('p', { class: 'sessions-none muted small' }, state.sessions.length ? 'No title like this.' : 'Nothing here yet.'),
      h('ul', { class: 'sessions-list' }, shown.map((s) => h('li', { key: s.id }, row(ctx, s, s.id === open)))),
      state.moreSessions && h('button', { type: 'button', class: 'button quiet small', onclick: () => ctx.attempt(() => ctx.bot.watch.loadMoreSessions()) }, 'Older conversations'))
  }
}

/** @param {Ctx} ctx @param {Session} session @param {boolean} open */
function row(ctx, session, open) {
  const { state } = ctx.bot
  const items = state.messages[session.id]?.items ?? []
  const last = items[items.length - 1]
  const typing = state.typing[session.id] ?? []
  const answering = Object.values(state.answers).some((a) => a.session_id === session.id)
  const here = state.online.filter((p) => p.session_id === session.id && p.user_id !== who.user?.id)
  const preview = typing.length ? `${typing[0].username} is typing …` : answering ? `${state.bot?.name} is answering …` : last ? `${last.user_id === who.user?.id ? 'You' : last.username}: ${plainLine(last.content)}` : 'No message yet'
  return h('a', {
    class: `session-row ${session.unread && !open ? 'unread' : ''}`, href: ctx.href(`/bots/${ctx.bot.id}/conversations/${session.id}`), 'aria-current': open ? 'page' : undefined,
  },
  h('div', { class: 'row' },
    session.visibility === 'private' && h('span', { class: 'session-mark', title: 'Private: only you see it' }, icon('private'), h('span', { class: 'visually-hidden' }, 'Private')),
    h('span', { class: 'grow truncate session-title' }, titleOf(session)),
    h('time', { class: 'tiny faint nowrap', datetime: session.updated_at, title: dateTime(session.updated_at) }, shortWhen(session.updated_at))),
  h('div', { class: 'row' },
    h('span', { class: `grow truncate small ${typing.length || answering ? 'session-busy' : 'faint'}` }, session.status === 'closed' && h('span', { class: 'badge' }, 'Closed'), session.status === 'closed' && ' ', preview),
    Avatars({ people: here, size: 'xs', most: 3, sentence: (names) => `Looking at it: ${names}` }),
    session.unread > 0 && !open && h('span', { class: 'count', 'aria-label': `${session.unread} unread` }, session.unread > 99 ? '99+' : String(session.unread))))
}

/** @param {Ctx} ctx */
export async function NewConversation(ctx) {
  const { bot } = ctx
  const name = bot.state.bot?.name
  const choice = (/** @type {string} */ value, /** @type {string} */ label, /** @type {string} */ hint, checked = false) => h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'visibility', value, ref: (/** @type {any} */ node) => { node.checked = checked } }), h('span', null, h('span', { class: 'strong' }, label), h('span', { class: 'hint' }, hint)))
  const made = await ctx.openDialog({
    title: 'New conversation',
    view: (close) => h('div', { class: 'dialog-body' }, h(Form, {
      action: 'Begin',
      beside: h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Cancel'),
      fields: (/** @type {Record<string, string>} */ errors) => [
        field({ name: 'title', label: 'Title', error: errors.title, optional: true, input: { maxlength: 200, autocomplete: 'off', placeholder: 'What is it about?' } }),
        h('fieldset', { class: 'field' }, h('legend', null, 'Who can read it'), h('div', { class: 'choices' },
          choice('shared', 'Everyone with access', `${plural(bot.state.members.length, 'person', 'people')} at the moment, and whoever is added later`, true),
          choice('private', 'Only me', 'Not even the owners of the bot. This cannot be changed later.'))),
        field({ name: 'auto_reply', label: `${name} answers every message`, type: 'switch', checked: true, hint: 'Otherwise only when it is asked, with @bot.' }),
      ],
      submit: async (/** @type {Record<string, string>} */ values) => close(await ctx.api.createSession({
        bot_id: bot.id, title: values.title.trim() || undefined, visibility: values.visibility === 'private' ? 'private' : 'shared', auto_reply: values.auto_reply === 'on',
      })),
    })),
  })
  if (made) ctx.go(`/bots/${bot.id}/conversations/${made.id}`)
}

/** @param {Ctx} ctx @param {Session} session */
export function renameConversation(ctx, session) {
  return ctx.openDialog({
    title: 'Rename conversation', size: 'small',
    view: (close) => h('div', { class: 'dialog-body' }, h(Form, {
      action: 'Rename',
      beside: h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Cancel'),
      fields: (/** @type {Record<string, string>} */ errors) => field({ name: 'title', label: 'Title', error: errors.title, value: session.title, input: { maxlength: 200, autocomplete: 'off' } }),
      submit: async (/** @type {Record<string, string>} */ values) => close(await ctx.api.changeSession({ session_id: session.id, title: values.title.trim() })),
    })),
  })
}

/** @param {Ctx} ctx @param {Session} session */
export async function deleteConversation(ctx, session) {
  const yes = await ctx.confirm({
    title: 'Delete this conversation?', danger: true, confirm: 'Delete conversation',
    message: `“${titleOf(session)}” with ${plural(session.message_count, 'message')} is deleted${session.visibility === 'shared' ? ' for everyone' : ''}. This cannot be undone.`,
  })
  if (!yes) return
  await ctx.attempt(async () => {
    await ctx.api.deleteSession({ session_id: session.id })
    ctx.go(`/bots/${ctx.bot.id}`, { replace: true })
    ctx.toast({ tone: 'ok', message: 'The conversation is deleted.' })
  }, 'Not deleted')
}
