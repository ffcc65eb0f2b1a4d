// Menus and popovers that belong to a button. A menu holds commands (arrow keys, Escape, type-ahead); a popover holds anything.
// They lie in the browser's top layer and close when the focus or the pointer goes elsewhere.

import { h } from './dom.js'
import { icon } from './icons.js'
import { freshId } from './overlays.js'

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {import('./dom.js').Self} Self */
/**
 * @typedef {{ label: string, icon?: string, run?: () => void, href?: string, danger?: boolean, checked?: boolean,
 *   hint?: string, disabled?: boolean }} Item
 */
/**
 * @typedef {object} MenuProps
 * @property {string} label
 * @property {Child} [button]  else three dots
 * @property {string} [class]
 * @property {string} [tabindex]
 * @property {() => (Item | 'line' | false | null | undefined)[]} items  asked when it opens
 * @property {Child} [head]
 * @property {'start' | 'end'} [align]
 */

/** A button that opens a menu. Without `button` it shows three dots. @param {Self} self @returns {(props: MenuProps) => Child} */
export function Menu(self) {
  const id = freshId('menu')
  let open = false
  let fresh = false
  return ({ label, button, class: name = '', tabindex, items, head, align = 'end' }) => h('span', { class: 'menu-anchor' },
    h('button', {
      type: 'button', tabindex, class: `button quiet ${button ? '' : 'icon-only'} ${name}`, 'aria-haspopup': 'menu', 'aria-expanded': open, 'aria-controls': id,
      'aria-label': button ? undefined : label, title: button ? undefined : label, popovertarget: id,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== 'ArrowDown') return
        event.preventDefault()
        document.getElementById(id)?.showPopover()
      },
    }, button ?? icon('more', { class: 'icon-bold' })),
    h('div', {
      id, popover: 'auto', class: 'menu', role: 'menu', 'aria-label': label, onkeydown: arrows,
      ontoggle: (/** @type {ToggleEvent} */ event) => {
        open = fresh = event.newState === 'open'
        self.update()
      },
      after: (/** @type {HTMLElement} */ menu) => {
        if (!open) return
        place(menu, align)
        if (fresh) focusFirst(menu)
        fresh = false
      },
    }, open && head, open && items().map((item) => drawItem(item))))
}

/** @param {Item | 'line' | false | null | undefined} item */
function drawItem(item) {
  if (!item) return null
  if (item === 'line') return h('div', { role: 'separator', class: 'menu-line' })
  const tag = item.href ? 'a' : 'button'
  return h(tag, {
    type: item.href ? undefined : 'button', href: item.href, class: `menu-item ${item.danger ? 'danger' : ''}`, tabindex: '-1',
    disabled: tag === 'button' ? item.disabled : undefined,
    role: item.checked === undefined ? 'menuitem' : 'menuitemradio', 'aria-checked': item.checked,
    onclick: (/** @type {Event} */ event) => {
      /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.currentTarget).closest('[popover]'))?.hidePopover()
      item.run?.()
    },
  },
  item.icon ? icon(item.icon) : h('span', { class: 'icon' }), h('span', { class: 'grow' }, item.label),
  item.hint && h('kbd', null, item.hint), item.checked && icon('check'))
}

/** @param {HTMLElement} menu */
function focusFirst(menu) {
  const first = menu.querySelector('[role^=menuitem]:not(:disabled)')
  if (first instanceof HTMLElement) first.focus()
}

/** Beside its button, inside the window. @param {HTMLElement} box @param {'start' | 'end'} align */
function place(box, align) {
  const anchor = box.parentElement?.querySelector('button')
  if (!anchor) return
  const at = anchor.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = box
  const left = align === 'end' ? at.right - width : at.left
  const below = at.bottom + 6
  const top = below + height > innerHeight - 8 && at.top - height - 6 > 8 ? at.top - height - 6 : below
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`
  box.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`
}

/** @param {KeyboardEvent} event */
function arrows(event) {
  const menu = /** @type {HTMLElement} */ (event.currentTarget)
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('[role^=menuitem]:not(:disabled)')])
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement))
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (to !== undefined) {
    event.preventDefault()
    items.at(to % items.length)?.focus()
  } else if (event.key === 'Tab') menu.hidePopover()
  else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) {
    // Nor is it a shortcut of the page.
    event.preventDefault()
    items.find((item, i) => i > at && begins(item, event.key))?.focus()
  }
}

/** @param {Element} item @param {string} letter */
const begins = (item, letter) => item.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase())

/** @typedef {{ label: string, button: Child, class?: string, align?: 'start' | 'end', view: (close: () => void) => Child }} PopoverProps */

/** A button that opens a small panel. @param {Self} self @returns {(props: PopoverProps) => Child} */
export function Popover(self) {
  const id = freshId('popover')
  let open = false
  const close = () => document.getElementById(id)?.hidePopover()
  return ({ label, button, class: name = '', align = 'end', view }) => h('span', { class: 'menu-anchor' },
    h('button', { type: 'button', class: `button quiet ${name}`, 'aria-haspopup': 'dialog', 'aria-expanded': open, 'aria-label': label, title: label, popovertarget: id }, button),
    h('div', {
      id, popover: 'auto', class: 'popover', role: 'dialog', 'aria-label': label,
      ontoggle: (/** @type {ToggleEvent} */ event) => {
        open = event.newState === 'open'
        self.update()
      },
      after: (/** @type {HTMLElement} */ box) => { if (open) place(box, align) },
    }, open && view(close)))
}
