// The form of a bot's configuration: name, purpose, instructions, model, settings. The draft behind it: config-draft.js.

import { h } from '../lib/dom.js'
import { MOST, bytesOf, idleSettings, labelOf, settingsProblem } from '../lib/config.js'
import { count, list, timeAgo } from '../lib/format.js'
import { Form, field } from '../lib/forms.js'
import { icon } from '../lib/icons.js'
import { LoadError, Skeleton } from './states.js'

/** @typedef {import('../lib/config.js').FieldName} FieldName */
/** @typedef {ReturnType<typeof import('./config-draft.js').configDraft>} ConfigDraft */

/** @param {import('../lib/dom.js').Self} self @returns {(props: { config: ConfigDraft }) => import('../lib/dom.js').Child} */
export function ConfigForm(self) {
  /** Settings are checked once one has left the field: half-typed JSON is always wrong. */
  let checked = false
  /** The settings as they were sent last: what was said of them holds for no others. */
  let sent = ''
  return ({ config }) => {
    const { draft } = config
    if (!draft) return config.failure ? LoadError({ error: config.failure, again: config.load }) : Skeleton(5)
    const changed = config.dirty()
    const type = (/** @type {FieldName} */ name) => ({ oninput: (/** @type {any} */ event) => config.set(name, event.currentTarget.value) })
    const problem = checked ? settingsProblem(draft.settings) : undefined
    const settingsInput = {
      class: 'input code', rows: 9, spellcheck: 'false', autocomplete: 'off', ...type('settings'),
      onblur: () => { checked = true; self.update() },
    }
    return h('div', { key: 'form', class: 'stack', ref: config.holds }, config.stale && staleNote(config), h(Form, {
      key: config.round, class: 'config-form', action: 'Save changes',
      beside: [
        h('p', { class: 'grow small muted', role: 'status' }, changed.length ? `Not saved: ${list(changed.map((f) => labelOf(f).toLowerCase()), 5)}` : ''),
        changed.length > 0 && h('button', { type: 'button', class: 'button', onclick: config.discard }, 'Discard'),
      ],
      fields: (/** @type {Record<string, string>} */ errors) => h('div', { class: 'config-fields' },
        h('div', { class: 'config-main' },
          field({ name: 'name', label: labelOf('name'), value: draft.name, error: errors.name, input: { required: true, maxlength: 200, autocomplete: 'off', ...type('name') } }),
          field({ name: 'description', label: labelOf('description'), type: 'textarea', optional: true, value: draft.description, error: errors.description, hint: 'Everyone with a role sees this.', input: { rows: 2, maxlength: 2000, ...type('description') } }),
          field({ name: 'instructions', label: labelOf('instructions'), type: 'textarea', value: draft.instructions, error: errors.instructions, hint: room(draft.instructions), input: { rows: 16, ...type('instructions') } })),
        h('div', { class: 'config-side' },
          field({ name: 'model', label: labelOf('model'), value: draft.model, optional: true, error: errors.model, hint: 'As the model server names it. Empty: what this installation offers.', input: { maxlength: 200, autocomplete: 'off', spellcheck: 'false', ...type('model') } }),
          field({ name: 'settings', label: 'Settings (JSON)', type: 'textarea', value: draft.settings, error: problem ?? (draft.settings === sent ? errors.settings : undefined), hint: settingsHint(draft.settings), input: settingsInput }))),
      submit: () => {
        checked = true
        sent = draft.settings
        const wrong = settingsProblem(draft.settings)
        if (wrong) throw Object.assign(new Error(wrong), { status: 422, errors: [{ field: 'settings', message: wrong }] })
        if (!draft.name.trim()) throw Object.assign(new Error('no name'), { status: 422, errors: [{ field: 'name', message: 'A bot needs a name.' }] })
        return config.save()
      },
    }))
  }
}

/** @param {string} text */
function room(text) {
  const bytes = bytesOf(text)
  const how = 'How the bot should answer: tone, language, what to leave alone. Only editors and owners see this.'
  return bytes > MOST.instructions * 0.75 ? `${how} ${count(bytes)} of ${count(MOST.instructions)} bytes.` : how
}

/** @param {string} text */
function settingsHint(text) {
  const idle = idleSettings(text)
  return [h('span', null, 'Known everywhere: ', h('code', null, 'temperature'), ', ', h('code', null, 'top_p'), ', ', h('code', null, 'max_tokens'), '.'),
    idle.length > 0 && h('span', { class: 'config-warning' }, ` Out of bounds, so without effect: ${list(idle)}.`)]
}

/** @param {ConfigDraft} config */
function staleNote(config) {
  const [newest] = config.authors
  const names = [...new Set(config.authors.map((a) => a.username))]
  return h('div', { class: 'note note-warning', role: 'status' }, icon('people'),
    h('p', { class: 'grow' }, h('strong', null, names.length ? list(names) : 'Somebody'), ' saved another version ', newest ? timeAgo(newest.created_at) : 'just now', '. Your changes are still here, not saved yet.'),
    h('button', { type: 'button', class: 'button small', onclick: config.settle }, 'See what changed'))
}
