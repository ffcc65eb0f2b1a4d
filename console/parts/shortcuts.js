// Keyboard shortcuts: who wants one says so here while it is on the page; `?` lists what is there now.

import { h, isTyping } from '../lib/dom.js'
import { openDialog } from '../lib/overlays.js'
import { href } from '../lib/router.js'

/** @typedef {{ keys: string, label: string, run: (event: KeyboardEvent) => void, typing?: boolean }} Shortcut */

/** @type {Shortcut[]} */
let shortcuts = []

/**
 * `keys` as KeyboardEvent.key says it, `Ctrl+` before it also means Cmd; `typing: true` works in text fields too.
 * @param {Shortcut[]} added @returns {() => void}
 */
export function addShortcuts(added) {
  shortcuts = [...shortcuts, ...added]
  return () => { shortcuts = shortcuts.filter((s) => !added.includes(s)) }
}

const KEY = 'colloquy.letters'
/** Keys pressed alone do something: who dictates, or rests a hand on the keys, turns that off. */
let letters = stored()

function stored() {
  try {
    return localStorage.getItem(KEY) !== 'off'
  } catch {
    return true
  }
}

export const lettersOn = () => letters

/** @param {boolean} on */
export function setLetters(on) {
  letters = on
  try {
    if (on) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, 'off')
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
}

// Another tab of this browser.
addEventListener('storage', (event) => {
  if (event.key === KEY || event.key === null) letters = stored()
})

/** Those that work now. */
const present = () => shortcuts.filter((s) => letters || s.keys.length > 1)

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing || document.querySelector('dialog[open]')) return
  const pressed = (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + event.key
  const found = present().findLast((s) => s.keys === pressed && (s.typing || !isTyping(event.target)))
  if (!found) return
  event.preventDefault()
  found.run(event)
})

export function showShortcuts() {
  openDialog({
    title: 'Keyboard shortcuts',
    view: () => h('div', { class: 'dialog-body' }, h('dl', { class: 'facts shortcut-list' }, present().map((s) => [h('dt', null, h('kbd', null, s.keys)), h('dd', null, s.label)]),
      h('dt', null, h('kbd', null, 'Tab')), h('dd', null, 'Next control'), h('dt', null, h('kbd', null, 'Esc')), h('dd', null, 'Close what lies on top')),
    h('p', { class: 'small muted' }, letters ? 'Shortcuts of one letter can be turned off on the page of your ' : 'Shortcuts of one letter are turned off. You can turn them on again on the page of your ',
      h('a', { href: href('/account') }, 'account'), '.')),
  })
}

addShortcuts([{ keys: '?', label: 'Show the shortcuts of this page', run: showShortcuts }])
