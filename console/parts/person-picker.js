// A field that finds people by name: the combobox pattern of ARIA. What was typed counts too, if nobody was picked.

import { h } from '../lib/dom.js'
import { freshId } from '../lib/overlays.js'
import { colloquy } from '../lib/session.js'
import { isComposing } from '../lib/text.js'
import { Avatar } from './avatar.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {{ id: string, username: string }} Person */
/**
 * @typedef {object} PickerProps
 * @property {string} name  of the field: its value is the user name
 * @property {string} label
 * @property {Child} [hint]
 * @property {string} [error]
 * @property {(person: Person) => string | undefined} [about]  a few words beside a name
 */

/** Milliseconds between the last letter and the question to the server. */
const PAUSE = 120

/** @param {import('../lib/dom.js').Self} self @returns {(props: PickerProps) => Child} */
export function PersonPicker(self) {
  const id = freshId('people')
  /** @type {Person[]} */
  let people = []
  let open = false
  let at = -1
  let turn = 0
  let said = ''
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  self.dispose(() => clearTimeout(timer))

  const input = () => /** @type {HTMLInputElement} */ (document.getElementById(id))
  const close = () => {
    turn += 1
    clearTimeout(timer)
    open = false
    at = -1
    self.update()
  }
  const find = async () => {
    const mine = ++turn
    const q = input()?.value.trim()
    if (!q) return close()
    try {
      const { items } = await colloquy.api.findUsers({ q, limit: 8 })
      if (mine !== turn) return
      people = items
      open = document.activeElement === input()
      at = -1
      said = people.length ? `${people.length} found, use the arrow keys` : 'Nobody found'
    } catch {
      // Typing the whole name does as well; sending says what is wrong.
      if (mine === turn) open = false
    }
    self.update()
  }
  const pick = (/** @type {Person} */ person) => {
    input().value = person.username
    said = ''
    close()
    input().focus()
  }
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (isComposing(event)) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) {
        find()
        return
      }
      const step = event.key === 'ArrowDown' ? 1 : -1
      at = people.length ? (at + step + people.length + (at < 0 && step < 0 ? 1 : 0)) % people.length : -1
      self.update()
    } else if (event.key === 'Enter' && open && at >= 0) {
      event.preventDefault()
      pick(people[at])
    } else if (event.key === 'Escape' && open) {
      event.preventDefault()
      close()
    }
  }
  return (props) => {
    const { name, label, hint, error, about } = props
    const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined
    return h('div', { class: 'field person-picker' },
      h('label', { for: id }, label),
      h('input', {
        id, name, class: 'input', type: 'text', role: 'combobox', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '100',
        'aria-autocomplete': 'list', 'aria-expanded': open, 'aria-controls': `${id}-list`, 'aria-activedescendant': open && at >= 0 ? `${id}-${at}` : undefined,
        'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined,
        oninput: () => { clearTimeout(timer); timer = setTimeout(find, PAUSE) },
        onkeydown: key,
        onblur: close,
      }),
      h('ul', { id: `${id}-list`, role: 'listbox', 'aria-label': 'People', class: 'person-list', hidden: !open || people.length === 0 },
        open && people.map((person, i) => h('li', {
          key: person.id, id: `${id}-${i}`, role: 'option', class: 'person-option', 'aria-selected': i === at,
          // Before the field loses the focus.
          onpointerdown: (/** @type {Event} */ event) => { event.preventDefault(); pick(person) },
        }, Avatar({ id: person.id, name: person.username, size: 's' }), h('span', { class: 'truncate' }, person.username), about?.(person) && h('span', { class: 'tiny muted end' }, about(person))))),
      open && people.length === 0 && h('p', { class: 'hint' }, 'Nobody here has a name like this.'),
      h('p', { class: 'visually-hidden', role: 'status' }, said),
      hint && h('p', { class: 'hint', id: `${id}-hint` }, hint),
      error && h('p', { class: 'field-error', id: `${id}-error` }, error))
  }
}
