// A bot that is out of reach: who lost it learns why, as far as that is known. An owner of a suspended one is told so, and can
// still delete it.

import { focusNext, h } from '../lib/dom.js'
import { list, timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { href } from '../lib/router.js'
import { colloquy, session } from '../lib/session.js'
import { deleteBot } from './delete-bot.js'
import { Empty, NotFound, Skeleton } from './states.js'

/** @typedef {import('./bot-frame.js').BotView} BotView */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {{ id: string, state: BotView, known: boolean, again: () => void }} ClosedProps  `known`: it was seen here before */

/** Reasons after which nothing is left to ask about. */
const FINAL = ['revoked', 'left', 'expired', 'deleted', 'signed_out']

/** @param {import('../lib/dom.js').Self} self @param {ClosedProps} first @returns {(props: ClosedProps) => Child} */
export function ClosedBot(self, { id, state, known }) {
  // What had the focus went with the bot.
  const read = () => { if (known) focusNext('main h1') }
  // Whose role was another one has nothing to ask: only owners are told more.
  const role = state.members.find((m) => m.user_id === session.user?.id)?.role
  let asking = !FINAL.includes(state.reason?.kind ?? '') && (!role || role === 'owner')
  /** @type {import('../colloquy/schema.js').Bot | null} */
  let suspended = null
  const ask = async () => {
    try {
      const bot = await colloquy.api.getBot({ bot_id: id })
      if (bot.suspended && bot.role === 'owner') suspended = bot
    } catch {
      // Not theirs any more: the reason that was told stands.
    }
    asking = false
    self.update()
    read()
  }
  if (asking) ask()
  else read()
  return ({ state: now, known, again }) => {
    if (asking) return h('div', { class: 'page' }, Skeleton(3))
    if (suspended) return Suspended(suspended, now, again)
    return known ? Gone(now) : NotFound()
  }
}

/** @param {import('../colloquy/schema.js').Bot} bot @param {BotView} state @param {() => void} again */
function Suspended(bot, state, again) {
  const { kind, by, at } = state.reason ?? {}
  const who = kind === 'suspended' && by?.username ? ` by ${by.username}` : ' by an administrator'
  return h('div', { class: 'page page-narrow' },
    Empty({
      icon: 'pause', level: 'h1', title: `${bot.name} is suspended`,
      text: `It was suspended${who}. Nobody can read or ask it until an administrator opens it again; nothing in it is lost.`,
      actions: h('button', { type: 'button', class: 'button primary', onclick: again }, icon('refresh'), 'See whether it is open again'),
    }),
    h('section', { class: 'card stack', 'aria-label': 'What you can still see' },
      h('dl', { class: 'facts' },
        h('dt', null, 'What it is for'), h('dd', null, bot.description || h('span', { class: 'faint' }, 'Nobody has said yet')),
        h('dt', null, 'Owned by'), h('dd', null, list(bot.owners.map((o) => o.username))),
        at && [h('dt', null, 'Suspended'), h('dd', null, timeAgo(at))]),
      h('div', { class: 'row' }, h('p', { class: 'small muted grow' }, 'As an owner you can still delete it.'),
        h('button', { type: 'button', class: 'button danger-quiet', onclick: () => deleteBot({ id: bot.id, name: bot.name }) }, icon('trash'), 'Delete bot'))))
}

const REASONS = {
  revoked: 'Your access to it was taken back',
  left: 'You have left it',
  expired: 'Your access has come to its end date',
  deleted: 'It was deleted',
  suspended: 'It was suspended by an administrator',
  not_found: 'It is not there any more, or no longer shared with you',
}

/** @param {BotView} state */
function Gone(state) {
  const name = state.bot?.name ?? 'This bot'
  const reason = state.reason?.kind
  const who = reason === 'suspended' ? undefined : state.reason?.by?.username
  const sentence = REASONS[/** @type {keyof typeof REASONS} */ (reason)] ?? 'You no longer have access to it'
  const advice = { left: '', deleted: '', suspended: 'Its owners know more.' }[String(reason)] ?? 'If this is a mistake, ask an owner of the bot to share it again.'
  return h('div', { class: 'page', role: 'alert' }, Empty({
    icon: 'private', level: 'h1', title: `${name} is closed to you now`,
    text: `${sentence}${who ? ` by ${who}` : ''}. ${reason === 'deleted' ? '' : 'What you wrote there stays with the team. '}${advice}`,
    actions: h('a', { class: 'button primary', href: href('/bots') }, 'To my bots'),
  }))
}
