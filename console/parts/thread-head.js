// The head of a conversation: title, who can read it, who looks at it now, and what can be done with it.

import { copyText } from '../lib/clipboard.js'
import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { Menu } from '../lib/menus.js'
import { session as who } from '../lib/session.js'
import { Avatars } from './avatar.js'
import { deleteConversation, renameConversation } from './session-dialogs.js'
import { titleOf } from './session-list.js'

/** May this person rename, close and delete it? @param {import('./page.js').Ctx} ctx @param {import('./thread.js').Session} session */
const mayManage = (ctx, session) => session.created_by === who.user?.id || (ctx.bot.canEdit && session.visibility === 'shared')

/** @param {{ ctx: import('./page.js').Ctx, session: import('./thread.js').Session }} props */
export function ThreadHead({ ctx, session }) {
  const here = ctx.bot.state.online.filter((p) => p.session_id === session.id && p.user_id !== who.user?.id)
  const may = mayManage(ctx, session)
  const closed = session.status === 'closed'
  const isPrivate = session.visibility === 'private'
  const change = (/** @type {object} */ what, /** @type {string} */ said) => ctx.attempt(async () => {
    await ctx.api.changeSession({ session_id: session.id, ...what })
    ctx.toast({ tone: 'ok', message: said, key: 'conversation' })
  }, 'Not changed')
  return h('header', { class: 'thread-head' },
    h('a', { class: 'button quiet icon-only thread-back', href: ctx.href(`/bots/${ctx.bot.id}`), 'aria-label': 'All conversations' },
      icon('back')),
    h('h2', { class: 'truncate', tabindex: '-1', dir: 'auto' }, titleOf(session)),
    h('span', { class: 'badge thread-badge', title: `${isPrivate ? 'Only you' : 'Everyone with access to the bot'} can read this conversation` },
      icon(isPrivate ? 'private' : 'people'), h('span', null, isPrivate ? 'Private' : 'Shared')),
    closed && h('span', { class: 'badge badge-warning' }, 'Closed'),
    h('span', { class: 'grow' }),
    Avatars({ people: here, sentence: (names) => `Looking at this conversation: ${names}` }),
    h(Menu, {
      label: 'What to do with this conversation',
      items: () => [
        { label: 'Copy link', icon: 'link', run: () => copyLink(ctx, session.id) },
        may && { label: 'Rename', icon: 'edit', run: () => renameConversation(ctx, session) },
        may && (session.auto_reply
          ? { label: 'Answer only when asked', icon: 'bot', run: () => change({ auto_reply: false }, 'The bot now answers when it is asked with @bot.') }
          : { label: 'Answer every message', icon: 'bot', run: () => change({ auto_reply: true }, 'The bot now answers every message.') }),
        may && (closed
          ? { label: 'Open again', icon: 'talk', run: () => change({ status: 'open' }, 'The conversation is open again.') }
          : { label: 'Close', icon: 'lock', run: () => change({ status: 'closed' }, 'The conversation is closed: it can be read, not written to.') }),
        may && 'line',
        may && { label: 'Delete', icon: 'trash', danger: true, run: () => deleteConversation(ctx, session) },
      ],
    }))
}

/** @param {import('./page.js').Ctx} ctx @param {string} session_id */
function copyLink(ctx, session_id) {
  return ctx.attempt(async () => {
    await copyText(new URL(ctx.href(`/bots/${ctx.bot.id}/conversations/${session_id}`), location.origin).href)
    ctx.toast({ tone: 'ok', message: 'The link is copied. It opens for people who can read this conversation.' })
  }, 'The browser did not allow copying')
}
