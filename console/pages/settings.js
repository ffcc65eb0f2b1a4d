// The settings of a bot, in parts: configuration with the way to its end, versions, model server. Viewers learn why they cannot
// change anything. The draft of the configuration stays while one looks at another part.

import { h } from '../lib/dom.js'
import { changedFields } from '../lib/config.js'
import { list, timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { BotVersions } from '../parts/bot-versions.js'
import { configDraft } from '../parts/config-draft.js'
import { ConfigForm } from '../parts/config-form.js'
import { deleteBot } from '../parts/delete-bot.js'
import { ModelServer } from '../parts/model-server.js'
import { A_ROLE } from '../parts/roles.js'
import { addShortcuts } from '../parts/shortcuts.js'
import { Empty } from '../parts/states.js'

/** @typedef {import('../parts/page.js').Ctx} Ctx */

const PARTS = [
  { part: '', label: 'Configuration', icon: 'edit' },
  { part: 'versions', label: 'Versions', icon: 'history' },
  { part: 'model-server', label: 'Model server', icon: 'plug' },
]

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  const { bot } = ctx
  ctx.title(`Settings of ${bot.state.bot?.name ?? ''}`)
  const config = configDraft(ctx)
  ctx.dispose(addShortcuts([{ keys: 'Ctrl+s', label: 'Save the configuration', typing: true, run: () => { /** @type {HTMLFormElement | null} */ (document.querySelector('.config-form'))?.requestSubmit() } }]))
  return () => {
    config.follow()
    const part = ctx.params.part ?? ''
    return h('div', { class: 'page settings' },
      h('div', { class: 'page-head' }, h('h2', { class: 'grow' }, 'Settings'), bot.canEdit && nav(ctx, part)),
      !bot.canEdit ? viewer(ctx, config) : part === 'versions' ? h(BotVersions, { key: part, ctx, version: bot.state.bot?.version })
        : part === 'model-server' ? (bot.canManage ? h(ModelServer, { key: part, ctx }) : ownersOnly(ctx))
          : h('div', { class: 'stack-l' }, h(ConfigForm, { key: 'config', config }), bot.canManage && end(ctx)))
  }
}

/** @param {Ctx} ctx @param {string} current */
function nav(ctx, current) {
  return h('nav', { class: 'segments', 'aria-label': 'Parts of the settings' }, PARTS.map(({ part, label, icon: name }) => h('a', {
    key: part, class: 'segment', href: ctx.href(`/bots/${ctx.bot.id}/settings${part && `/${part}`}`), 'aria-current': part === current ? 'page' : undefined,
  }, icon(name), label)))
}

/** @param {Ctx} ctx */
function end(ctx) {
  const { state, id } = ctx.bot
  const bot = { id, name: state.bot?.name ?? '', members: state.members.length, documents: state.moreDocuments ? undefined : state.documents.length }
  return h('section', { class: 'card danger-zone', id: 'delete', tabindex: '-1', 'aria-labelledby': 'delete-title' },
    h('div', { class: 'grow' }, h('h3', { id: 'delete-title' }, 'Delete this bot'), h('p', { class: 'small muted' }, 'Conversations, documents and everyone’s access go with it. Nobody can bring it back.')),
    h('button', { type: 'button', class: 'button danger-quiet', onclick: () => deleteBot(bot) }, icon('trash'), 'Delete bot'))
}

/** @param {Ctx} ctx */
const owners = (ctx) => list((ctx.bot.state.bot?.owners ?? []).map((o) => o.username))

/** @param {Ctx} ctx */
function ownersOnly(ctx) {
  return Empty({ icon: 'lock', title: 'Owners choose the model server', text: `An address and a key are trusted to it, so editors do not see it. Ask ${owners(ctx)}.` })
}

/** What viewers see, and whoever became one while editing. @param {Ctx} ctx @param {ReturnType<typeof configDraft>} config */
function viewer(ctx, config) {
  const { bot, role } = ctx.bot.state
  const lost = config.base && config.draft && changedFields(config.base.draft, config.draft).includes('instructions') ? config.draft.instructions : ''
  return h('div', { class: 'stack' },
    h('div', { class: 'note' }, icon('lock'), h('p', null, `As ${A_ROLE[role ?? 'viewer']} you see what the bot is for. Its instructions, model and settings are for editors and owners. To change something, ask ${owners(ctx)}.`)),
    lost && h('div', { class: 'stack-s' }, h('p', { class: 'strong', role: 'alert' }, 'Your role changed while you were editing. What you typed was not saved; you can copy it:'), h('pre', { class: 'code-block', tabindex: '0' }, lost)),
    bot && h('div', { class: 'card' }, h('dl', { class: 'facts' },
      h('dt', null, 'Name'), h('dd', null, bot.name),
      h('dt', null, 'What it is for'), h('dd', null, bot.description || h('span', { class: 'faint' }, 'Nobody has said yet')),
      h('dt', null, 'Owned by'), h('dd', null, owners(ctx)),
      h('dt', null, 'Last changed'), h('dd', null, timeAgo(bot.updated_at)))))
}
