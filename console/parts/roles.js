// What each role may do, as a plain table. The rules themselves are the server's; this tells them.

import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { roleName } from './avatar.js'

export const ROLES = ['viewer', 'editor', 'owner']

/** What it comes down to, after "can". @type {Record<string, string>} */
export const ROLE_CAN = {
  viewer: 'read, ask and write in conversations',
  editor: 'also add and delete documents and change how the bot answers',
  owner: 'do all that, share the bot, choose its model server and delete it',
}

/** In a sentence: "is an editor now". @type {Record<string, string>} */
export const A_ROLE = { viewer: 'a viewer', editor: 'an editor', owner: 'an owner' }

/** @type {[string, string[]][]} */
const RIGHTS = [
  ['Read shared conversations, ask, write, open conversations of one’s own', ['viewer', 'editor', 'owner']],
  ['See the documents, search in them, download them', ['viewer', 'editor', 'owner']],
  ['See who the bot is shared with, leave it', ['viewer', 'editor', 'owner']],
  ['Add, read again and delete documents', ['editor', 'owner']],
  ['Change name, instructions, model and settings; restore a version', ['editor', 'owner']],
  ['Delete other people’s messages, close or delete their shared conversations', ['editor', 'owner']],
  ['Share the bot, change roles, remove people', ['owner']],
  ['Give the bot a model server of its own', ['owner']],
  ['Hand the bot over or delete it', ['owner']],
]

/** @param {string | null} mine */
export function RoleTable(mine) {
  return h('div', { class: 'section' },
    h('h3', { id: 'roles-title' }, 'What each role may do'),
    h('div', { class: 'table-wrap role-table', role: 'region', 'aria-labelledby': 'roles-title', tabindex: '0' }, h('table', null,
      h('thead', null, h('tr', null, h('td', null, h('span', { class: 'visually-hidden' }, 'Right')), ROLES.map((role) => h('th', { key: role, scope: 'col', class: role === mine ? 'mine' : '' }, roleName(role), role === mine && h('span', { class: 'tiny' }, ' (you)'))))),
      h('tbody', null, RIGHTS.map(([right, roles]) => h('tr', { key: right }, h('th', { scope: 'row' }, right), ROLES.map((role) => h('td', { key: role, class: role === mine ? 'mine' : '' },
        roles.includes(role) ? [icon('check'), h('span', { class: 'visually-hidden' }, 'yes')] : h('span', { class: 'faint' }, h('span', { 'aria-hidden': 'true' }, '–'), h('span', { class: 'visually-hidden' }, 'no'))))))))),
    h('p', { class: 'small muted' }, 'Private conversations belong to whoever opened them: nobody else sees them, whatever the role.'))
}
