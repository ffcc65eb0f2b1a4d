// Writes a frame and sends it: a text field that must hold JSON, filled from templates. What the server says to it is in the table.

import { templates } from '../lib/commands.js'
import { h } from '../lib/dom.js'

/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */

/** @param {Self} self @returns {(props: { target: import('../lib/wire.js').Target, open: boolean, send: (text: string) => boolean }) => Child} */
export function FrameSender(self) {
  /** @type {HTMLTextAreaElement | null} */
  let area = null
  let problem = ''
  return ({ target, open, send }) => {
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault()
      problem = ''
      const text = area?.value.trim() ?? ''
      try {
        const frame = JSON.stringify(JSON.parse(text))
        if (!send(frame)) problem = 'Not connected: nothing was sent.'
      } catch (error) {
        problem = text ? `This is no JSON: ${error instanceof Error ? error.message : ''}` : 'There is nothing to send.'
      }
      self.update()
      if (problem) area?.focus()
    }
    const fill = (/** @type {Event & { currentTarget: HTMLSelectElement }} */ event) => {
      const chosen = templates(target).find((one) => one.name === event.currentTarget.value)
      if (area && chosen) area.value = JSON.stringify(chosen.frame, null, 2)
      problem = ''
      self.update()
    }
    return h('form', { class: 'frame-sender stack-s', onsubmit: submit },
      h('div', { class: 'row' },
        h('label', { for: 'frame-template', class: 'label' }, 'Send a frame'),
        h('select', { id: 'frame-template', class: 'input end', onchange: fill, 'aria-label': 'Start from a template' },
          h('option', { value: '' }, 'Template…'), templates(target).map((one) => h('option', { value: one.name }, one.name)))),
      h('textarea', { class: 'input code', rows: '5', spellcheck: 'false', 'aria-label': 'Frame as JSON', 'aria-invalid': problem ? 'true' : undefined, 'aria-describedby': problem ? 'frame-problem' : undefined,
        ref: (/** @type {HTMLTextAreaElement} */ node) => { area = node; node.value = '{"type": "ping"}' },
        onkeydown: (/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event) } }),
      problem && h('p', { class: 'field-error', id: 'frame-problem', role: 'alert' }, problem),
      h('div', { class: 'row' }, h('span', { class: 'small muted' }, 'Ctrl + Enter sends'),
        h('button', { type: 'submit', class: 'button small end', 'aria-disabled': !open }, 'Send frame')))
  }
}
