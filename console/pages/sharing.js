// Who a bot is shared with: people, roles, end dates, live. Owners share here; everyone sees who is in, and may leave.

import { focusNext, h } from '../lib/dom.js'
import { ago, dateTime, plural, timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { Menu } from '../lib/menus.js'
import { Avatar, RoleBadge, roleName } from '../parts/avatar.js'
import { A_ROLE, ROLES, ROLE_CAN, RoleTable } from '../parts/roles.js'
import { AddPerson, changeEnd, changing, handOver, leaveBot, removePerson } from '../parts/sharing-forms.js'

/** @typedef {import('../parts/sharing-forms.js').Member} Member */

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  const { bot } = ctx
  const me = ctx.session.user?.id
  const name = () => bot.state.bot?.name ?? 'the bot'
  ctx.title(`Sharing of ${name()}`)
  let role = bot.state.role
  let changed = ''
  let said = ''
  // End dates are told as "in 3 days".
  const clock = setInterval(ctx.update, 30_000)
  ctx.dispose(() => clearInterval(clock))
  ctx.dispose(bot.channel.on('permission_change', (/** @type {any} */ frame) => {
    said = tell(frame.data, bot.state.members)
    ctx.update()
  }))

  const setRole = async (/** @type {Member} */ member, /** @type {string} */ to) => {
    const own = member.user_id === me
    if (to === member.role) return
    const question = own ? { title: `Become ${A_ROLE[to]} yourself?`, message: 'You will no longer be able to share this bot or change roles, and cannot undo this yourself.', confirm: `Become ${A_ROLE[to]}`, danger: true }
      : to === 'owner' ? { title: `Make ${member.username} an owner?`, message: 'Owners may share the bot, take roles away, yours too, and delete it.', confirm: 'Make owner' } : null
    if (question && !await ctx.confirm(question)) return
    await changing(() => ctx.api.changePermission({ bot_id: bot.id, user_id: member.user_id, role: to, ...(to === 'owner' && { expires_at: null }) }))
  }

  /** @param {Member} member */
  const menu = (member) => {
    const own = member.user_id === me
    const items = () => [
      bot.canManage && !own && member.role !== 'owner' && { label: member.expires_at ? 'Change end date' : 'Set an end date', icon: 'history', run: () => changeEnd(bot.id, member, () => bot.state.members) },
      bot.canManage && own && { label: 'Hand the bot over', icon: 'share', run: () => handOver(bot.id, name(), bot.state.members) },
      own && { label: 'Leave this bot', icon: 'sign-out', danger: true, run: () => leaveBot(bot.id, name(), bot.state.members) },
      bot.canManage && !own && { label: 'Remove', icon: 'trash', danger: true, run: async () => { if (await removePerson(bot.id, name(), member)) focusNext('#sharing-title', { always: true }) } },
    ]
    return own || bot.canManage ? h(Menu, { label: own ? 'More for yourself' : `More for ${member.username}`, items }) : null
  }

  return () => {
    const { state } = bot
    if (state.role !== role && state.role) {
      changed = `You are ${A_ROLE[state.role]} now: you can ${ROLE_CAN[state.role]}.`
      role = state.role
    }
    const members = sorted(state.members, me)
    return h('div', { class: 'page sharing' },
      h('div', { class: 'page-head' }, h('div', { class: 'grow stack-s' }, h('h2', { id: 'sharing-title', tabindex: '-1' }, 'Sharing'), h('p', { class: 'muted' }, `${plural(members.length, 'person', 'people')} with a role on this bot`)),
        !bot.canManage && h('button', { type: 'button', class: 'button danger-quiet', onclick: () => leaveBot(bot.id, name(), state.members) }, icon('sign-out'), 'Leave this bot')),
      h('p', { class: 'visually-hidden', role: 'status' }, said),
      h('div', { role: 'status' }, changed && h('div', { class: 'note' }, icon('key'), h('p', { class: 'grow' }, changed), h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': 'Dismiss', onclick: () => { changed = ''; ctx.update(); focusNext('#sharing-title') } }, icon('close')))),
      bot.canManage ? h(AddPerson, { bot_id: bot.id, members: state.members, added: (/** @type {Member} */ m) => ctx.toast({ tone: 'ok', message: `${m.username} is ${A_ROLE[m.role]} now.` }) })
        : h('p', { class: 'small muted' }, 'Owners share the bot and change roles. You see who is in.'),
      h('ul', { class: 'list', 'aria-label': 'People' }, members.map((member) => memberRow(member, {
        own: member.user_id === me, online: state.online.some((p) => p.user_id === member.user_id), canManage: bot.canManage, menu: menu(member),
        made: state.bot?.created_at, by: state.members.find((m) => m.user_id === member.granted_by)?.username, setRole,
      }))),
      RoleTable(state.role))
  }
}

/**
 * @param {Member} member
 * @param {{ own: boolean, online: boolean, canManage: boolean, menu: import('../lib/dom.js').Child, by: string | undefined, made: string | undefined, setRole: (member: Member, role: string) => void }} more
 */
function memberRow(member, { own, online, canManage, menu, by, made, setRole }) {
  const { user_id, username, role, granted_by, granted_at, expires_at } = member
  const giver = granted_by !== user_id ? `Shared by ${by ?? 'somebody who left'}` : granted_at === made ? 'Made this bot' : 'Changed by themselves'
  return h('li', { key: user_id, class: 'list-row member-row' },
    Avatar({ id: user_id, name: username, online }),
    h('div', { class: 'grow stack-s' },
      h('p', { class: 'row' }, h('span', { class: 'title truncate' }, username), own && h('span', { class: 'badge' }, 'You'), online && !own && h('span', { class: 'tiny muted' }, 'here now')),
      h('p', { class: 'tiny muted' }, `${giver}, `, timeAgo(granted_at))),
    expires_at ? h('span', { class: 'member-ends small', title: dateTime(expires_at) }, icon('history'), h('span', null, h('span', { class: 'visually-hidden' }, 'Role '), 'ends ', timeAgo(expires_at, soon(expires_at)))) : null,
    h('span', { class: 'member-role' }, canManage ? roleMenu(member, setRole) : RoleBadge(role)),
    menu)
}

/** A menu and no select: with the keys a select would pass through roles that nobody meant. @param {Member} member @param {(member: Member, role: string) => void} setRole */
const roleMenu = (member, setRole) => h(Menu, {
  label: `Role of ${member.username}`, class: 'role-button',
  button: [h('span', { class: 'visually-hidden' }, `Role of ${member.username}: `), roleName(member.role), icon('down')],
  items: () => ROLES.map((role) => ({ label: roleName(role), checked: role === member.role, run: () => setRole(member, role) })),
})

/** Less than a minute is "now", never "just now": it is still to come. @param {string} at */
const soon = (at) => (new Date(at).getTime() - Date.now() < 60_000 ? 'within a minute' : ago(at))

/** Oneself first, then owners, editors, viewers by name. @param {readonly Member[]} members @param {string | undefined} me */
function sorted(members, me) {
  const rank = (/** @type {Member} */ m) => (m.user_id === me ? -1 : ROLES.length - ROLES.indexOf(m.role))
  return [...members].sort((a, b) => rank(a) - rank(b) || a.username.localeCompare(b.username))
}

/** For those who do not see the list change. @param {any} data @param {readonly Member[]} members */
function tell({ target_user_id, action, details }, members) {
  const who = details.username ?? members.find((m) => m.user_id === target_user_id)?.username ?? 'Somebody'
  if (action === 'granted') return `${who} is in now, as ${A_ROLE[details.role]}`
  return action === 'revoked' ? `${who} is no longer in` : `${who} is ${A_ROLE[details.role]} now`
}
