// The forms and questions of sharing: adding a person, a new end date, handing the bot over, leaving, removing.

import { focusNext, h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { Form } from '../lib/forms.js'
import { confirm, describe, openDialog, toast } from '../lib/overlays.js'
import { href } from '../lib/router.js'
import { colloquy, session } from '../lib/session.js'
import { Avatar, RoleBadge, roleName } from './avatar.js'
import { EndDate, endsAt } from './end-date.js'
import { PersonPicker } from './person-picker.js'
import { A_ROLE, ROLES, ROLE_CAN } from './roles.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {{ user_id: string, username: string, role: string, granted_by?: string | null, granted_at: string, expires_at?: string | null }} Member */
/** @typedef {{ bot_id: string, members: readonly Member[], added: (member: Member) => void }} AddProps */

/** Share the bot with somebody. @param {import('../lib/dom.js').Self} self @returns {(props: AddProps) => Child} */
export function AddPerson(self) {
  let role = 'viewer'
  /** @type {string | null} */
  let ends = null
  let round = 0
  return ({ bot_id, members, added }) => {
    const roleOf = (/** @type {string} */ user_id) => members.find((m) => m.user_id === user_id)?.role
    return h('section', { class: 'card section', 'aria-labelledby': 'add-title' },
      h('h3', { id: 'add-title' }, 'Share with somebody'),
      h(Form, {
        key: round, class: 'add-person', action: 'Share',
        fields: (/** @type {Record<string, string>} */ errors) => [
          h(PersonPicker, { name: 'username', label: 'Name', error: errors.username ?? errors.user_id, about: (/** @type {{ id: string }} */ p) => (p.id === session.user?.id ? 'you' : roleOf(p.id) && `${A_ROLE[roleOf(p.id) ?? ''] ?? ''} already`) }),
          h('div', { class: 'field' }, h('label', { for: 'add-role' }, 'Role'),
            h('select', { id: 'add-role', name: 'role', class: 'input', value: role, 'aria-describedby': 'add-role-hint', onchange: (/** @type {any} */ e) => { role = e.currentTarget.value; self.update() } },
              ROLES.map((r) => h('option', { key: r, value: r }, roleName(r)))),
            h('p', { class: 'hint', id: 'add-role-hint' }, `Can ${ROLE_CAN[role]}.`)),
          h(EndDate, { value: null, disabled: role === 'owner', error: errors.expires_at, change: (/** @type {string | null} */ at) => { ends = at } }),
        ],
        explain,
        submit: async (/** @type {Record<string, string>} */ { username }) => {
          const name = username.trim()
          if (!name) throw fieldError('username', 'Say who.')
          const before = members.find((m) => m.username.toLowerCase() === name.toLowerCase())
          const expires_at = role === 'owner' ? null : ends
          if (before && !await confirm({ title: `${before.username} is here already`, message: `They are ${A_ROLE[before.role]}. Change that to ${A_ROLE[role]}${expires_at ? `, ending ${endsAt(expires_at)}` : ', without an end date'}?`, confirm: 'Change role' })) return
          const member = await colloquy.api.grantPermission({ bot_id, username: name, role, expires_at })
          role = 'viewer'
          ends = null
          round += 1
          added(member)
          focusNext('.add-person [role=combobox]')
          self.update()
        },
      }))
  }
}

/** An error for one field, as the server would say it. @param {string} field @param {string} message */
function fieldError(field, message) {
  return Object.assign(new Error(message), { status: 422, errors: [{ field, message }] })
}

/** @param {any} error */
function explain(error) {
  if (error?.code === 'unknown_user') return { field: 'username', message: 'There is nobody of this name here. Ask them to register first.' }
  if (error?.code === 'last_owner') return { message: LAST_OWNER }
  const about = error?.errors?.find((/** @type {{ field: string }} */ e) => e.field === 'expires_at')
  return about && { field: 'expires_at', message: `The end date ${about.message}.` }
}

const LAST_OWNER = 'A bot keeps at least one owner. Make somebody else an owner first.'

/** Run a change of somebody's role; the last owner is told kindly. @param {() => Promise<unknown>} work @returns {Promise<boolean>} */
export async function changing(work) {
  try {
    await work()
    return true
  } catch (/** @type {any} */ error) {
    toast(error?.code === 'last_owner' ? { tone: 'warning', title: 'This is the last owner', message: LAST_OWNER } : { tone: 'error', title: 'Nothing was changed', message: describe(error) })
    return false
  }
}

/** @param {string} bot_id @param {Member} member @param {() => readonly Member[]} members  as they are when it is saved */
export async function changeEnd(bot_id, member, members) {
  let ends = member.expires_at ?? null
  await openDialog({
    title: `When does ${member.username}’s role end?`,
    description: `${member.username} is ${A_ROLE[member.role]}. At that moment the role ends by itself, and they are told.`,
    view: (close, update) => h('div', { class: 'dialog-body' }, h(Form, {
      action: 'Save end date',
      beside: h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Cancel'),
      fields: (/** @type {Record<string, string>} */ errors) => h(EndDate, { value: ends, error: errors.expires_at, change: (/** @type {string | null} */ at) => { ends = at; update() } }),
      explain,
      submit: async () => {
        // Another owner may have changed the role meanwhile.
        const { role } = members().find((m) => m.user_id === member.user_id) ?? member
        await colloquy.api.changePermission({ bot_id, user_id: member.user_id, role, expires_at: ends })
        close(undefined)
      },
    })),
  })
}

/** @param {string} bot_id @param {string} name @param {Member} member */
export async function removePerson(bot_id, name, member) {
  const yes = await confirm({
    title: `Remove ${member.username}?`, danger: true, confirm: `Remove ${member.username}`,
    message: [h('p', null, `${member.username} loses ${name} at once, also where it is open right now. What they wrote in shared conversations stays.`), h('p', null, 'You can share it with them again later.')],
  })
  return yes && changing(() => colloquy.api.revokePermission({ bot_id, user_id: member.user_id }))
}

/** @param {string} bot_id @param {string} name @param {readonly Member[]} members */
export async function leaveBot(bot_id, name, members) {
  const me = session.user?.id ?? ''
  const owners = members.filter((m) => m.role === 'owner')
  if (owners.length === 1 && owners[0].user_id === me) return lastOwner(bot_id, name, members)
  const yes = await confirm({
    title: `Leave ${name}?`, danger: true, confirm: 'Leave bot',
    message: 'You will no longer see it. What you wrote in shared conversations stays; an owner can share the bot with you again.',
  })
  return yes && changing(() => colloquy.api.revokePermission({ bot_id, user_id: me }))
}

/** @param {string} bot_id @param {string} name @param {readonly Member[]} members */
async function lastOwner(bot_id, name, members) {
  const next = await openDialog({
    title: 'You are its only owner', size: 'small',
    view: (close) => h('div', { class: 'dialog-body' },
      h('p', null, `${name} needs an owner. Hand it over to somebody, then leave, or delete it for everyone.`),
      h('div', { class: 'dialog-actions' },
        h('a', { class: 'button', href: href(`/bots/${bot_id}/settings`), onclick: () => close(undefined) }, 'To deletion'),
        h('button', { type: 'button', class: 'button primary', autofocus: true, onclick: () => close('hand over') }, 'Hand it over'))),
  })
  if (next) await handOver(bot_id, name, members)
}

/** One becomes editor, the other owner. @param {string} bot_id @param {string} name @param {readonly Member[]} members */
export async function handOver(bot_id, name, members) {
  const others = members.filter((m) => m.user_id !== session.user?.id)
  await openDialog({
    title: `Hand ${name} over`,
    description: 'The other person becomes an owner, you become an editor. You cannot take that back yourself.',
    view: (close) => h('div', { class: 'dialog-body' }, others.length === 0
      ? [h('p', { class: 'note' }, icon('people'), 'Nobody else is here yet. Share the bot with somebody first.'), h('div', { class: 'dialog-actions' }, h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Close'))]
      : h(Form, {
        action: 'Hand over', danger: true,
        beside: h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Cancel'),
        explain,
        fields: (/** @type {Record<string, string>} */ errors) => h('fieldset', { class: 'field', 'aria-describedby': errors.user_id ? 'hand-over-error' : undefined }, h('legend', null, 'To whom?'),
          h('div', { class: 'choices' }, others.map((m) => h('label', { key: m.user_id, class: 'choice' }, h('input', { type: 'radio', name: 'user_id', value: m.user_id }),
            Avatar({ id: m.user_id, name: m.username, size: 's' }), h('span', { class: 'grow truncate' }, m.username), RoleBadge(m.role)))),
          errors.user_id && h('p', { class: 'field-error', id: 'hand-over-error', role: 'alert' }, errors.user_id)),
        submit: async (/** @type {Record<string, string>} */ { user_id }) => {
          if (!user_id) throw fieldError('user_id', 'Choose somebody.')
          await colloquy.api.transferBot({ bot_id, user_id })
          close(undefined)
          toast({ tone: 'ok', message: `${others.find((m) => m.user_id === user_id)?.username} owns ${name} now. You are an editor.` })
        },
      })),
  })
}
