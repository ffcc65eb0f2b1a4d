// The end of a bot: what goes with it, and its name typed once, so that nobody deletes the wrong one.

import { h } from '../lib/dom.js'
import { loadBots } from '../lib/bots.js'
import { plural } from '../lib/format.js'
import { Form, field } from '../lib/forms.js'
import { openDialog, toast } from '../lib/overlays.js'
import { go, guardLeaving, place } from '../lib/router.js'
import { colloquy } from '../lib/session.js'

/** @param {{ id: string, name: string, members?: number, documents?: number }} bot */
export async function deleteBot({ id, name, members = 0, documents = 0 }) {
  const goes = [
    'all conversations with their messages, private ones too',
    documents ? `${plural(documents, 'document')} with all passages` : 'all documents and passages',
    members > 1 && `the access of ${plural(members, 'person', 'people')}`,
  ].filter(Boolean)
  await openDialog({
    title: `Delete ${name}?`,
    view: (close) => h('div', { class: 'dialog-body' },
      h('p', null, 'With it go, for everyone and for good:'), h('ul', { class: 'bullets' }, goes.map((text) => h('li', null, text))),
      h(Form, {
        action: 'Delete bot', danger: true,
        beside: h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Cancel'),
        fields: (/** @type {Record<string, string>} */ errors) => field({ name: 'confirmation', label: `Type “${name}” to go on`, error: errors.confirmation, input: { autocomplete: 'off', spellcheck: 'false' } }),
        submit: async (/** @type {Record<string, string>} */ { confirmation }) => {
          if (confirmation.trim() !== name.trim()) throw Object.assign(new Error('other name'), { status: 422, errors: [{ field: 'confirmation', message: 'That is not its name.' }] })
          await colloquy.api.deleteBot({ bot_id: id })
          close(undefined)
          // Whoever went on meanwhile stays there, with what is unsaved there.
          if (place()?.params.bot_id === id) {
            guardLeaving(null)
            go('/bots')
          }
          loadBots()
          toast({ tone: 'ok', message: `${name} was deleted.` })
        },
      })),
  })
}
