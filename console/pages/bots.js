// One's bots with the role on each; the place where a first bot is made.

import { h } from '../lib/dom.js'
import { bots, loadBots, onBots } from '../lib/bots.js'
import { list, plural, timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { Avatar, RoleBadge } from '../parts/avatar.js'
import { Segments } from '../parts/button.js'
import { newBot } from '../parts/new-bot.js'
import { Empty, LoadError, Skeleton } from '../parts/states.js'

/** @type {[string, string][]} */
const ROLES = [['', 'All'], ['owner', 'Owner'], ['editor', 'Editor'], ['viewer', 'Viewer']]

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  ctx.title('Bots')
  ctx.dispose(onBots(ctx.update))
  let query = ''
  let role = ''
  const typed = (/** @type {any} */ event) => {
    query = event.currentTarget.value
    ctx.update()
  }
  if (bots.loaded) loadBots()
  return () => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    const fits = (/** @type {string} */ text) => words.every((w) => text.toLowerCase().includes(w))
    const found = bots.items.filter((bot) => (!role || bot.role === role) && fits(`${bot.name} ${bot.description ?? ''}`))
    return h('div', { class: 'page' },
      h('div', { class: 'page-head' }, h('h1', null, 'Bots'),
        h('button', { type: 'button', class: 'button primary', onclick: newBot }, icon('add'), 'New bot')),
      bots.items.length > 0 && h('div', { class: 'page-tools' },
        h('label', { class: 'input-search grow' }, icon('search'), h('span', { class: 'visually-hidden' }, 'Find a bot'),
          h('input', { type: 'search', class: 'input', placeholder: 'Find a bot', value: query, oninput: typed })),
        Segments('Only with the role', role, ROLES, (value) => {
          role = value
          ctx.update()
        })),
      Boolean(bots.error) && LoadError({ error: bots.error, again: loadBots }),
      !bots.loaded && !bots.error ? Skeleton(3) : bots.items.length === 0 ? !bots.error && first() : h('div', { class: 'stack' },
        h('p', { class: 'visually-hidden', role: 'status' }, plural(found.length, 'bot')),
        found.length ? h('ul', { class: 'card-grid' }, found.map((bot) => h('li', { key: bot.id }, card(bot, ctx.href))))
          : Empty({ icon: 'search', title: 'No bot like this', text: 'Try another word or another role.' })))
  }
}

/** @param {import('../lib/bots.js').ListedBot} bot @param {(path: string) => string} href */
function card(bot, href) {
  return h('a', { class: 'card card-link bot-card', href: href(`/bots/${bot.id}`) },
    Avatar({ id: bot.id, name: bot.name, kind: 'bot', size: 'l' }),
    h('div', { class: 'grow stack-s' },
      h('div', { class: 'row' }, h('h2', { class: 'truncate', dir: 'auto' }, bot.name),
        bots.fresh.has(bot.id) && h('span', { class: 'side-dot', role: 'img', 'aria-label': 'new messages' }),
        h('span', { class: 'end' }, RoleBadge(bot.role ?? ''))),
      h('p', { class: 'muted clamp', dir: 'auto' }, bot.description || 'No description yet.'),
      h('p', { class: 'tiny faint' }, `Owned by ${list(bot.owners.map((o) => o.username))}`,
        bot.updated_at && [', changed ', timeAgo(bot.updated_at)])))
}

function first() {
  return Empty({
    icon: 'bot', title: 'Make your first bot',
    text: 'Give it a name, feed it documents, and ask. Everyone you share it with sees the same conversations, live. Bots that others share with you appear here as well.',
    actions: h('button', { type: 'button', class: 'button primary', onclick: newBot }, icon('add'), 'New bot'),
  })
}
