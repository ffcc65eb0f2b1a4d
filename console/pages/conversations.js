// A bot's conversations: the list, the open one, and beside it the passage that a citation leads to.

import { ColloquyError } from '../colloquy/index.js'
import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { makeOrder } from '../lib/order.js'
import { newConversation } from '../parts/session-dialogs.js'
import { SessionList } from '../parts/session-list.js'
import { PassagePanel } from '../parts/passage.js'
import { addShortcuts } from '../parts/shortcuts.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'
import { Thread } from '../parts/thread.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  /** @type {import('../parts/passage.js').Cited | null} */
  let cited = null
  /** @type {Element | null} */
  let citedFrom = null
  const cite = (/** @type {import('../parts/passage.js').Cited | null} */ next) => {
    if (next) citedFrom = document.activeElement
    cited = next
    ctx.update()
    if (!next && citedFrom instanceof HTMLElement && citedFrom.isConnected) citedFrom.focus()
  }
  const create = () => newConversation(ctx)
  const order = makeOrder()
  /** @param {number} by */
  const step = (by) => {
    const sessions = order.of(ctx.bot.state.sessions)
    const at = sessions.findIndex((s) => s.id === ctx.params.session_id)
    const to = sessions[at + by]
    if (to) ctx.go(`/bots/${ctx.bot.id}/conversations/${to.id}`)
  }
  ctx.dispose(addShortcuts([
    { keys: 'n', label: 'New conversation', run: create },
    { keys: 'j', label: 'Next conversation', run: () => step(1) },
    { keys: 'k', label: 'Previous conversation', run: () => step(-1) },
    { keys: '/', label: 'Search the conversations', run: () => ctx.go(`/bots/${ctx.bot.id}/search`) },
  ]))
  /** Older conversations than the list holds are asked for by their id: how that stands, or why it failed. @type {Map<string, 'asked' | 'absent' | { error: unknown }>} */
  const asked = new Map()
  const find = async (/** @type {string} */ session_id) => {
    asked.set(session_id, 'asked')
    try {
      // The state tells no failure; to say why it is not shown, it is asked for first.
      const { bot_id } = await ctx.api.getSession({ session_id })
      if (bot_id === ctx.bot.id) {
        await ctx.bot.watch.open(session_id)
        ctx.bot.watch.close(session_id)
      }
      asked.set(session_id, 'absent')
    } catch (error) {
      asked.set(session_id, isAbsent(error) ? 'absent' : { error })
    }
    ctx.update()
  }
  const again = (/** @type {string} */ session_id) => {
    asked.delete(session_id)
    ctx.update()
  }
  ctx.dispose(ctx.colloquy.on('state', ({ state }) => {
    if (state !== 'open') return
    for (const [session_id, how] of asked) if (typeof how === 'object') again(session_id)
  }))
  let lastSession = ctx.params.session_id
  return () => {
    const { session_id } = ctx.params
    const { state } = ctx.bot
    if (session_id !== lastSession) cited = null
    lastSession = session_id
    const open = state.sessions.find((s) => s.id === session_id)
    if (open) asked.delete(session_id)
    else if (session_id && !asked.has(session_id)) find(session_id)
    ctx.title(open ? `${open.title || 'Conversation'} · ${state.bot?.name}` : `${state.bot?.name}`)
    return h('div', { class: `chat ${session_id ? 'chat-open' : ''} ${cited ? 'chat-detail' : ''}` },
      h(SessionList, { ctx, order, open: session_id, create }),
      open ? h(Thread, { key: open.id, ctx, session: open, target: ctx.query.get('message'), cite })
        : h('section', { key: 'none', class: 'thread thread-none' },
          !session_id ? welcome(ctx, create) : notOpen(ctx, asked.get(session_id), () => again(session_id))),
      cited && h(PassagePanel, { key: `${cited.document_id} ${cited.chunk} ${cited.n}`, cited, close: () => cite(null) }))
  }
}

/** Not there for this person, as against not to be had just now. @param {unknown} error */
const isAbsent = (error) => error instanceof ColloquyError && [403, 404, 410, 422].includes(error.status)

/** @param {import('../parts/page.js').Ctx} ctx @param {'asked' | 'absent' | { error: unknown } | undefined} how @param {() => void} again */
function notOpen(ctx, how, again) {
  if (typeof how === 'object') return h('div', { class: 'page' }, LoadError({ error: how.error, again }))
  if (how !== 'absent') return h('div', { class: 'page' }, Skeleton())
  return Empty({
    icon: 'talk', title: 'This conversation is not here', text: 'It was deleted, or it is private to someone else.',
    actions: h('a', { class: 'button', href: ctx.href(`/bots/${ctx.bot.id}`) }, 'To the other conversations'),
  })
}

/** @param {import('../parts/page.js').Ctx} ctx @param {() => void} create */
function welcome(ctx, create) {
  const { state } = ctx.bot
  const empty = state.sessions.length === 0
  const hint = state.documents.length === 0 && ctx.bot.canEdit ? 'It answers better once it has documents.'
    : 'Everyone with access can read along, unless you make it private.'
  return Empty({
    icon: 'talk', title: empty ? 'No conversation yet' : 'Pick a conversation',
    text: empty ? `Begin one and ask ${state.bot?.name} something. ${hint}`
      : 'Or begin a new one. What is shared here, everyone with access to the bot can read.',
    actions: h('button', { type: 'button', class: 'button primary', onclick: create }, icon('add'), 'New conversation'),
  })
}
