// Keyboard shortcuts: who wants one says so here while it is on the page; `?` lists what is there now.

import { h } from '../lib/dom.js'
import { openDialog } from '../lib/overlays.js'

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

/** @param {EventTarget | null} target */
const isTyping = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select'))

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing || document.querySelector('dialog[open]')) return
  const pressed = (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + event.key
  const found = shortcuts.findLast((s) => s.keys === pressed && (s.typing || !isTyping(event.target)))
  if (!found) return
  event.preventDefault()
  found.run(event)
})

export function showShortcuts() {
  openDialog({
    title: 'Keyboard shortcuts',
    view: () => h('div', { class: 'dialog-body' }, h('dl', { class: 'facts shortcut-list' }, shortcuts.map((s) => [h('dt', null, h('kbd', null, s.keys)), h('dd', null, s.label)]),
      h('dt', null, h('kbd', null, 'Tab')), h('dd', null, 'Next control'), h('dt', null, h('kbd', null, 'Esc')), h('dd', null, 'Close what lies on top'))),
  })
}

addShortcuts([{ keys: '?', label: 'Show the shortcuts of this page', run: showShortcuts }])
