// Search over all messages of a bot that one may read; each hit leads to the message in its conversation.

import { h } from '../lib/dom.js'
import { plural, timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { excerpt, withoutMarks } from '../lib/text.js'
import { Avatar } from '../parts/avatar.js'
import { titleOf } from '../parts/session-list.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  let query = ctx.query.get('q') ?? ''
  /** The words that the address has, and the place they were read from last. */
  let told = query
  let at = ctx.query
  /** @type {any[] | null} */
  let found = null
  /** @type {string | undefined} */
  let more
  /** @type {unknown} */
  let failure
  let asking = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  ctx.dispose(() => clearTimeout(timer))

  const search = async (/** @type {string | undefined} */ cursor = undefined) => {
    const mine = ++asking
    failure = undefined
    const here = ctx.href(`/bots/${ctx.bot.id}/search`)
    // One may be on the way to another page already.
    if (location.pathname.replace(/\/$/, '') !== here) return
    told = query.trim() ? query : ''
    history.replaceState({}, '', told ? `${here}?q=${encodeURIComponent(told)}` : here)
    if (!told) {
      found = null
      more = undefined
      return ctx.update()
    }
    try {
      const page = await ctx.api.searchMessages({ bot_id: ctx.bot.id, q: query, limit: 30, cursor })
      if (mine !== asking) return
      found = cursor ? [...(found ?? []), ...page.items] : page.items
      more = page.next_cursor ?? undefined
    } catch (error) {
      if (mine !== asking) return
      failure = error
    }
    ctx.update()
  }
  /** A link to this very page, with other words or none. */
  const moved = () => {
    at = ctx.query
    const words = at.get('q') ?? ''
    if (words === told) return
    clearTimeout(timer)
    query = told = words
    found = null
    more = undefined
    queueMicrotask(search)
  }
  if (query) search()
  return () => {
    if (ctx.query !== at) moved()
    const { state } = ctx.bot
    ctx.title(`Search · ${state.bot?.name}`)
    return h('div', { class: 'page page-narrow' },
      h('div', { class: 'page-head' }, h('h2', { class: 'grow' }, 'Search the conversations')),
      h('form', { role: 'search', onsubmit: (/** @type {Event} */ e) => { e.preventDefault(); clearTimeout(timer); search() } },
        h('label', { class: 'input-search' }, icon('search'), h('span', { class: 'visually-hidden' }, 'Words to find'),
          h('input', { type: 'search', class: 'input', placeholder: 'Words to find; the last may be a beginning', value: query, autocomplete: 'off', 'data-focus': true,
            oninput: (/** @type {any} */ e) => { query = e.currentTarget.value; clearTimeout(timer); timer = setTimeout(search, 250) } }))),
      h('div', { role: 'status', class: found ? 'small muted' : 'visually-hidden' },
        found ? `${plural(found.length, 'message')}${more ? ' so far' : ''}, newest first` : ''),
      Boolean(failure) && LoadError({ error: failure, again: () => search() }),
      !found && query.trim() && !failure ? Skeleton(3) : null,
      found?.length === 0 && Empty({ icon: 'search', title: 'Nothing found', text: 'All words must occur in one message. Try fewer, or only their beginning.' }),
      found && found.length > 0 && h('ul', { class: 'list' }, found.map((m) => h('li', { key: m.id }, hit(ctx, m, query)))),
      more && h('button', { type: 'button', class: 'button', onclick: () => search(more) }, 'More'))
  }
}

/** @param {import('../parts/page.js').Ctx} ctx @param {any} message @param {string} query */
function hit(ctx, message, query) {
  const session = ctx.bot.state.sessions.find((s) => s.id === message.session_id)
  const isBot = message.role === 'assistant'
  return h('a', { class: 'list-row hit', href: ctx.href(`/bots/${ctx.bot.id}/conversations/${message.session_id}?message=${message.id}`) },
    Avatar({ id: message.user_id ?? ctx.bot.id, name: message.username, kind: isBot ? 'bot' : 'person' }),
    h('div', { class: 'grow stack-s' },
      h('div', { class: 'row small' }, h('span', { class: 'strong', dir: 'auto' }, message.username),
        h('span', { class: 'faint truncate' }, session && ['in ', h('bdi', null, titleOf(session))]),
        h('span', { class: 'end faint nowrap' }, timeAgo(message.timestamp))),
      h('p', { class: 'hit-text', dir: 'auto' }, excerpt(withoutMarks(message.content), query).map((part) => (part.found ? h('mark', null, part.text) : part.text)))))
}
