// The dialog that makes a bot.

import { h } from '../lib/dom.js'
import { loadBots } from '../lib/bots.js'
import { Form, field } from '../lib/forms.js'
import { openDialog } from '../lib/overlays.js'
import { go } from '../lib/router.js'
import { colloquy } from '../lib/session.js'

export async function newBot() {
  const bot = await openDialog({
    title: 'New bot',
    description: 'You will own it. Add documents for it to answer from, then share it with your team.',
    view: (close) => h('div', { class: 'dialog-body' }, h(Form, {
      action: 'Create bot',
      beside: h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Cancel'),
      fields: (/** @type {Record<string, string>} */ errors) => [
        field({ name: 'name', label: 'Name', error: errors.name, input: { required: true, maxlength: 200, autocomplete: 'off' } }),
        field({ name: 'description', label: 'What it is for', optional: true, error: errors.description, input: { autocomplete: 'off' } }),
        field({
          name: 'instructions', label: 'Instructions', type: 'textarea', optional: true, error: errors.instructions,
          hint: 'How it should answer: tone, language, what to leave alone. Editors can change this later.',
        }),
      ],
      submit: async (/** @type {Record<string, string>} */ values) => {
        const given = (/** @type {string} */ name) => values[name].trim() || undefined
        const made = await colloquy.api.createBot({ name: values.name.trim(), description: given('description'), instructions: given('instructions') })
        // Also for whoever has closed the dialog meanwhile.
        await loadBots()
        close(made)
      },
    })),
  })
  if (bot) go(`/bots/${bot.id}`)
}
