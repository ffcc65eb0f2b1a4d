// All bots of the installation, without their content: suspend, resume, delete, and a way in that the owners see.

import { bots as own, onBots } from '../lib/bots.js'
import { focusNext, h, neighbour } from '../lib/dom.js'
import { list, size } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { Menu } from '../lib/menus.js'
import { adminFrame, everything, longList } from '../parts/admin-frame.js'
import { Avatar } from '../parts/avatar.js'
import { A_ROLE } from '../parts/roles.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  const bots = longList(ctx, (cursor) => ctx.api.adminListBots({ limit: 100, cursor }))
  /** @type {unknown} */
  let failure
  let words = ''
  const load = async () => {
    try {
      await bots.load()
      failure = undefined
    } catch (error) {
      failure = error
    }
    ctx.update()
  }
  load()
  ctx.dispose(onBots(ctx.update))

  /** Without `done`, `work` resolves to what is to be said. @param {() => Promise<unknown>} work @param {{ title: string, message: string, confirm: string, done?: string, danger?: boolean }} say */
  const act = async (work, say) => {
    if (!await ctx.confirm(say)) return
    await ctx.attempt(async () => {
      const done = await work()
      ctx.toast({ tone: 'ok', message: say.done ?? String(done) })
      await load()
    }, 'Not done')
  }
  /** @param {string} bot_id */
  const remove = async (bot_id) => {
    const beside = neighbour(bots.items ?? [], bot_id)
    await ctx.api.deleteBot({ bot_id })
    focusNext(beside ? `#bot-${beside.id}` : 'main h1', { always: true })
  }
  /** @param {any} bot */
  const mine = (bot) => own.items.some(({ id }) => id === bot.id) || bot.owners.some((/** @type {any} */ one) => one.user_id === ctx.session.user?.id)
  /** Never below a role that one has, also where the list of one's bots does not know of it. @param {any} bot */
  const enter = async (bot) => {
    const members = await everything((cursor) => ctx.api.listPermissions({ bot_id: bot.id, limit: 100, cursor }))
    const role = members.find(({ user_id }) => user_id === ctx.session.user?.id)?.role
    if (role) return `You are ${A_ROLE[role]} of ${bot.name} already.`
    await ctx.api.grantPermission({ bot_id: bot.id, user_id: ctx.session.user?.id, role: 'viewer' })
    return `You are a viewer of ${bot.name} now.`
  }
  /** @param {any} bot */
  const actions = (bot) => [
    mine(bot) ? { label: 'Open', icon: 'talk', href: ctx.href(`/bots/${bot.id}`) }
      : { label: 'Give myself a role', icon: 'key', run: () => act(() => enter(bot), { title: `Become a viewer of ${bot.name}?`, confirm: 'Become a viewer', message: 'You can then read its conversations and documents. Everyone who shares the bot sees that you took this role.' }) },
    bot.suspended ? { label: 'Resume', icon: 'play', run: () => act(() => ctx.api.adminChangeBot({ bot_id: bot.id, suspended: false }), { title: `Resume ${bot.name}?`, confirm: 'Resume', message: 'Everyone with a role can use it again.', done: `${bot.name} is back.` }) }
      : { label: 'Suspend', icon: 'pause', run: () => act(() => ctx.api.adminChangeBot({ bot_id: bot.id, suspended: true }), { title: `Suspend ${bot.name}?`, confirm: 'Suspend', danger: true, message: 'All its connections close at once and nobody can use it until you resume it. Nothing is deleted.', done: `${bot.name} is suspended.` }) },
    /** @type {const} */ ('line'),
    { label: 'Delete', icon: 'trash', danger: true, run: () => act(() => remove(bot.id), { title: `Delete ${bot.name}?`, confirm: 'Delete bot', danger: true, message: 'Its conversations, documents and settings are deleted for everyone. This cannot be taken back.', done: `${bot.name} was deleted.` }) },
  ]
  return () => {
    const shown = (bots.items ?? []).filter((bot) => `${bot.name} ${bot.owners.map((/** @type {any} */ one) => one.username).join(' ')}`.toLowerCase().includes(words))
    return adminFrame(ctx, 'Bots',
      h('div', { class: 'page-tools' },
        h('label', { class: 'input-search grow' }, icon('search'), h('span', { class: 'visually-hidden' }, 'Find a bot'),
          h('input', { type: 'search', class: 'input', placeholder: 'Bot or owner', oninput: (/** @type {any} */ e) => { words = e.currentTarget.value.toLowerCase(); ctx.update() } })),
        h('span', { class: 'small muted', role: 'status' }, bots.count(shown.length, 'bot'))),
      Boolean(failure) && LoadError({ error: failure, again: load }),
      !bots.items ? !failure && Skeleton() : shown.length === 0 ? Empty({ icon: 'bot', title: 'No bot', text: words ? 'None fits these words.' : 'Nobody has made one yet.' })
        : h('ul', { class: 'list' }, shown.map((bot) => h('li', { key: bot.id, id: `bot-${bot.id}`, class: 'list-row' },
          Avatar({ id: bot.id, name: bot.name, kind: 'bot' }),
          h('div', { class: 'grow stack-s' }, h('div', { class: 'row-wrap' }, h('span', { class: 'title' }, bot.name), bot.suspended && h('span', { class: 'badge badge-warning' }, 'Suspended')),
            h('span', { class: 'small muted' }, `owned by ${list(bot.owners.map((/** @type {any} */ one) => one.username)) || 'nobody'} · ${size(bot.size)}`)),
          h(Menu, { label: `Manage ${bot.name}`, items: () => actions(bot) })))),
      bots.more('bots'),
      h('div', { class: 'note' }, icon('private'), h('p', null, 'Administrators manage bots without reading them. To read one, take a role: its owners see that.')))
  }
}
