// When a role ends: never, after a usual time, or at a moment of one's own choice, in one's own time zone.

import { h } from '../lib/dom.js'
import { ago, dateTime } from '../lib/format.js'
import { freshId } from '../lib/overlays.js'

const DAY = 864e5
const USUAL = [
  { value: 'never', label: 'Never', days: 0 },
  { value: 'day', label: 'In a day', days: 1 },
  { value: 'week', label: 'In a week', days: 7 },
  { value: 'month', label: 'In 30 days', days: 30 },
]

/** For a `datetime-local` field: the moment in local time. @param {Date} at */
function local(at) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** The end date and how long that is, in words. @param {string} at */
export const endsAt = (at) => `${dateTime(at)} (${ago(at)})`

/**
 * @typedef {{ value: string | null, change: (at: string | null) => void, disabled?: boolean, error?: string }} EndDateProps
 *   `value` is where it starts from; `change` is told each choice.
 */

/** @param {import('../lib/dom.js').Self} self @param {EndDateProps} first @returns {(props: EndDateProps) => import('../lib/dom.js').Child} */
export function EndDate(self, first) {
  const id = freshId('ends')
  let kind = first.value ? 'date' : 'never'
  let at = first.value
  const choose = (/** @type {string} */ value, /** @type {EndDateProps} */ props) => {
    kind = value
    const days = USUAL.find((u) => u.value === value)?.days
    if (value === 'date') at = at ?? new Date(Date.now() + 7 * DAY).toISOString()
    else at = days ? new Date(Date.now() + days * DAY).toISOString() : null
    props.change(at)
    self.update()
  }
  const typed = (/** @type {string} */ value, /** @type {EndDateProps} */ props) => {
    const moment = new Date(value)
    at = value && !Number.isNaN(moment.getTime()) ? moment.toISOString() : null
    props.change(at)
    self.update()
  }
  return (props) => {
    const { disabled, error } = props
    const shown = disabled ? 'never' : kind
    const words = disabled ? 'An owner’s role has no end date.' : at ? `Ends ${endsAt(at)}` : kind === 'date' ? 'Choose a day and a time.' : ''
    return h('div', { class: 'field' },
      h('label', { for: id }, 'Ends'),
      h('select', { id, class: 'input', disabled, value: shown, 'aria-describedby': `${id}-hint`, onchange: (/** @type {any} */ e) => choose(e.currentTarget.value, props) },
        USUAL.map((u) => h('option', { key: u.value, value: u.value }, u.label)), h('option', { key: 'date', value: 'date' }, 'On a date …')),
      shown === 'date' && h('input', {
        key: 'date', type: 'datetime-local', class: 'input', 'aria-label': `Ends on, in the time zone ${zone}`, min: local(new Date()), 'aria-invalid': error ? 'true' : undefined,
        ref: (/** @type {HTMLInputElement} */ node) => { if (at) node.value = local(new Date(at)) },
        onchange: (/** @type {any} */ e) => typed(e.currentTarget.value, props),
      }),
      error ? h('p', { class: 'field-error', id: `${id}-hint` }, error) : h('p', { class: 'hint', id: `${id}-hint` }, words, shown === 'date' && at ? `, ${zone} time` : ''))
  }
}
