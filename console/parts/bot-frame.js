// The frame of one bot: head with role, who is here, tabs; under it the page of the tab. Holds the bot's live state for all
// of them, and leads away kindly whoever loses access while looking.

import { h } from '../lib/dom.js'
import { bots, loadBots, onBots, seen, setOpenBot } from '../lib/bots.js'
import { icon } from '../lib/icons.js'
import { href } from '../lib/router.js'
import { routes } from '../lib/routes.js'
import { colloquy, session } from '../lib/session.js'
import { Avatar, Avatars, RoleBadge } from './avatar.js'
import { ClosedBot } from './closed-bot.js'
import { Loading } from './states.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {import('../lib/router.js').Place} Place */
/** @typedef {ReturnType<ReturnType<typeof colloquy.watch>['get']>} BotView */
/**
 * What a page in the frame gets as `ctx.bot`.
 * @typedef {object} Bot
 * @property {string} id
 * @property {BotView} state  the newest state; the page is drawn again when it changes
 * @property {ReturnType<typeof colloquy.watch>} watch
 * @property {ReturnType<typeof colloquy.bot>} channel  typing, viewing, read; any frame with `on`
 * @property {boolean} canEdit  editor or owner
 * @property {boolean} canManage  owner
 */

/**
 * @param {Self} self @param {{ place: Place, inner: (bot: Bot) => Child }} first
 * @returns {(props: { place: Place, inner: (bot: Bot) => Child }) => Child}
 */
export function BotFrame(self, first) {
  const id = first.place.params.bot_id
  const watch = colloquy.watch(id)
  const channel = colloquy.bot(id)
  let wasLive = false
  /** @type {Bot} */
  const bot = {
    id, watch, channel,
    get state() { return watch.get() },
    get canEdit() { return ['editor', 'owner'].includes(watch.get().role ?? '') },
    get canManage() { return watch.get().role === 'owner' },
  }
  let gone = false
  /** The list of bots has lost it as well: only then does its coming back mean something. */
  let unlisted = false
  const off = watch.subscribe(() => {
    const was = gone
    gone = watch.get().status === 'gone'
    if (gone && !was) {
      unlisted = false
      loadBots()
    }
    self.update()
  })
  // Shared again while one still reads that it is gone.
  const again = onBots(() => {
    const listed = bots.items.some((b) => b.id === id)
    if (gone && unlisted && listed) watch.refresh()
    unlisted = !listed
  })
  setOpenBot(id)
  self.dispose(() => {
    off()
    again()
    channel.leave()
    watch.release()
    setOpenBot(null)
    seen(id)
  })
  return ({ place, inner }) => {
    const state = watch.get()
    if (state.status === 'gone') return h(ClosedBot, { id, state, known: wasLive, again: () => watch.refresh() })
    if (!state.bot) return h('div', { class: 'page' }, h(Loading, { lines: 5, again: () => { watch.refresh() } }))
    wasLive = true
    return h('div', { class: 'frame' }, head(bot, place), h('div', { class: 'frame-body' }, inner(bot)))
  }
}

/** On a phone the tabs are wider than the screen. @param {HTMLElement} nav */
export function showCurrent(nav) {
  nav.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

/** @param {Bot} bot @param {Place} place */
function head(bot, place) {
  const { state } = bot
  const info = /** @type {NonNullable<BotView['bot']>} */ (state.bot)
  const others = state.online.filter((p) => p.user_id !== session.user?.id)
  const tabs = routes.filter((r) => r.frame === 'bot' && r.tab)
  return h('header', { class: `frame-head ${place.params.session_id ? 'in-conversation' : ''}` },
    h('div', { class: 'frame-title' },
      h('a', { class: 'button quiet icon-only only-phone', href: href('/bots'), 'aria-label': 'All bots' }, icon('back')),
      Avatar({ id: bot.id, name: info.name, kind: 'bot' }),
      h('div', { class: 'grow' },
        h('div', { class: 'row' }, h('h1', { class: 'truncate', tabindex: '-1', dir: 'auto' }, info.name),
          h('span', { class: 'not-phone' }, RoleBadge(state.role ?? 'viewer'))),
        info.description && h('p', { class: 'small muted truncate not-phone', dir: 'auto', title: info.description }, info.description)),
      Avatars({ people: others, online: true, sentence: (names) => `Online now: ${names}` }),
      h('a', {
        class: 'button quiet icon-only', href: href(`/bots/${bot.id}/search`), 'aria-label': 'Search the conversations', title: 'Search the conversations',
      }, icon('search'))),
    h('nav', { class: 'tabs frame-tabs', ref: showCurrent, 'aria-label': `Parts of ${info.name}` }, tabs.map((r) => {
      const to = r.path.replace(':bot_id', bot.id)
      const here = r.tab === 'Conversations' ? /^\/bots\/[^/]+(\/conversations\/.*|\/search)?$/.test(place.path) : place.path.startsWith(to)
      return h('a', { key: r.path, class: 'tab', href: href(to), 'aria-current': here ? 'page' : undefined }, r.icon && icon(r.icon), r.tab)
    })))
}
