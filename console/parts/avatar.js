// Who: avatars of people and bots, alone and in a row, and the badge of a role.

import { h } from '../lib/dom.js'
import { initials, list, tint } from '../lib/format.js'

/**
 * Decorative unless `label` is given: the name usually stands beside it.
 * @param {{ id: string, name: string, kind?: 'person' | 'bot', size?: 'xs' | 's' | 'm' | 'l', online?: boolean, label?: string, key?: string }} props
 */
export function Avatar({ id, name, kind = 'person', size = 'm', online, label, key }) {
  return h('span', {
    key, class: `avatar avatar-${size} avatar-${kind} tint-${tint(id)} ${online ? 'avatar-online' : ''}`,
    title: label, role: label ? 'img' : undefined, 'aria-label': label, 'aria-hidden': label ? undefined : 'true',
  }, initials(name))
}

/**
 * Several people in a row, the rest as a number. Read aloud as one sentence.
 * @param {{ people: { user_id: string, username: string }[], sentence: (names: string) => string, size?: 'xs' | 's' | 'm', most?: number, online?: boolean }} props
 */
export function Avatars({ people, sentence, size = 's', most = 5, online }) {
  if (people.length === 0) return null
  const label = sentence(list(people.map((p) => p.username), 6))
  return h('span', { class: 'avatars', role: 'img', 'aria-label': label, title: label },
    people.slice(0, most).map((p) => Avatar({ key: p.user_id, id: p.user_id, name: p.username, size, online })),
    people.length > most && h('span', { class: 'more' }, `+${people.length - most}`))
}

const ROLES = { owner: 'Owner', editor: 'Editor', viewer: 'Viewer' }

/** @param {string} role */
export const roleName = (role) => ROLES[/** @type {keyof typeof ROLES} */ (role)] ?? role

/** @param {string} role */
export function RoleBadge(role) {
  return h('span', { class: `badge ${role === 'owner' ? 'badge-accent' : role === 'editor' ? 'badge-info' : ''}` }, roleName(role))
}
