// The documents beyond the newest ones that a bot's state holds: loaded page by page when asked for, kept up to date by the same
// events.

import { h } from '../lib/dom.js'

/** @typedef {import('./document-row.js').Document} Document */

/** @param {import('./page.js').Ctx} ctx */
export function olderDocuments(ctx) {
  const { bot } = ctx
  /** @type {Document[]} */
  let items = []
  /** @type {string | undefined} */
  let cursor
  let done = false
  let busy = false
  ctx.dispose(bot.channel.on('document_update', (/** @type {any} */ { data: { action, document } }) => {
    if (!items.some((d) => d.id === document.id)) return
    items = action === 'deleted' ? items.filter((d) => d.id !== document.id) : items.map((d) => (d.id === document.id ? { ...d, ...document } : d))
    ctx.update()
  }))

  const load = async () => {
    busy = true
    ctx.update()
    // The first page is what the state holds already; the cursor behind it is only told with it.
    if (!cursor) cursor = (await ctx.attempt(() => ctx.api.listDocuments({ bot_id: bot.id, limit: 100 })))?.next_cursor ?? undefined
    const page = cursor ? await ctx.attempt(() => ctx.api.listDocuments({ bot_id: bot.id, limit: 100, cursor }), 'The older ones could not be loaded') : undefined
    busy = false
    if (page) {
      items = [...items, ...page.items]
      cursor = page.next_cursor ?? undefined
      done = !cursor
    }
    ctx.update()
  }
  return {
    /** Those that the state does not hold. */
    get items() {
      const newest = new Set(bot.state.documents.map((d) => d.id))
      return items.filter((d) => !newest.has(d.id))
    },
    get done() { return done },
    /** Load on until this one is there; false if it never is. @param {string} id */
    async reach(id) {
      const there = () => [...bot.state.documents, ...items].some((d) => d.id === id)
      while (!there() && bot.state.moreDocuments && !done && !busy) {
        const before = items.length
        await load()
        if (items.length === before) break
      }
      return there()
    },
    forget: (/** @type {string} */ id) => { items = items.filter((d) => d.id !== id) },
    button: (/** @type {boolean} */ more) => more && !done && h('button', { type: 'button', class: 'button', 'aria-busy': busy, 'aria-disabled': busy, onclick: () => { if (!busy) load() } }, 'Show older documents'),
  }
}
