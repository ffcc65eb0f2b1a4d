// Forms: labelled fields with hints and errors, and one component that submits, shows what the server refused at the right
// field and moves the focus there. Values live in the controls themselves (FormData); a page reads them on submit.

import { h, nextFrame } from './dom.js'
import { describe, freshId } from './overlays.js'

/** @typedef {import('./dom.js').Child} Child */
/** @typedef {import('./dom.js').Self} Self */
/**
 * @typedef {object} FieldProps
 * @property {string} name
 * @property {string} label
 * @property {string} [type]  of the input; 'textarea', 'select' and 'switch' too
 * @property {Child} [hint]
 * @property {string} [error]
 * @property {string} [value]
 * @property {boolean} [checked]
 * @property {{ value: string, label: string }[]} [options]  of a select
 * @property {boolean} [optional]  says so beside the label
 * @property {Record<string, any>} [input]  further attributes and listeners of the control
 */

/** Of the form that is being drawn: two forms on one page may have fields of the same name. */
let prefix = 'field'

/** A labelled control. @param {FieldProps} props */
export function field({ name, label, type = 'text', hint, error, value, checked, options, optional, input = {} }) {
  const id = `${prefix}-${name}`
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined
  const common = { id, name, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined, ...input }
  const control = type === 'textarea' ? h('textarea', { class: 'input', rows: '4', ref: initial(value), ...common })
    : type === 'select' ? h('select', { class: 'input', ref: initial(value), ...common }, (options ?? []).map((o) => h('option', { value: o.value }, o.label)))
      : type === 'switch' ? h('input', { type: 'checkbox', role: 'switch', class: 'switch', ref: initialChecked(checked), ...common })
        : h('input', { type, class: 'input', ref: initial(value), ...common })
  const text = h('label', { for: id }, label, optional && h('span', { class: 'optional' }, ' optional'))
  const notes = [hint && h('p', { class: 'hint', id: `${id}-hint` }, hint), error && h('p', { class: 'field-error', id: `${id}-error` }, error)]
  return type === 'switch'
    ? h('div', { class: 'field field-switch', key: name }, h('div', { class: 'grow' }, text, notes), control)
    : h('div', { class: 'field', key: name }, text, control, notes)
}

/** Set once: afterwards the control belongs to the person who types. @param {string | undefined} value */
const initial = (value) => (/** @type {HTMLInputElement} */ node) => { if (value !== undefined) node.value = value }
/** @param {boolean | undefined} checked */
const initialChecked = (checked) => (/** @type {HTMLInputElement} */ node) => { node.checked = Boolean(checked) }

/**
 * @typedef {object} FormProps
 * @property {(values: Record<string, string>, form: HTMLFormElement) => Promise<void> | void} submit  a rejection is shown
 * @property {(errors: Record<string, string>, busy: boolean) => Child} fields
 * @property {string} action  the words on the button
 * @property {Child} [beside]  further buttons
 * @property {boolean} [danger]
 * @property {string} [class]
 * @property {(error: unknown) => { field?: string, message: string } | undefined} [explain]  own words for an error
 */

/**
 * A form. Errors of `problem+json` land at the field they name, the rest in a line above the button.
 * @param {Self} self @returns {(props: FormProps) => Child}
 */
export function Form(self) {
  const id = freshId('form')
  /** @type {Record<string, string>} */
  let errors = {}
  let general = ''
  let busy = false
  /** @param {SubmitEvent} event @param {FormProps} props */
  const submit = async (event, props) => {
    event.preventDefault()
    const form = /** @type {HTMLFormElement} */ (event.currentTarget)
    if (busy) return
    busy = true
    errors = {}
    general = ''
    self.update()
    /** @type {Record<string, string>} */
    const values = {}
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') values[name] = value
    try {
      await props.submit(values, form)
    } catch (error) {
      ({ errors, general } = sort(error, form, props))
      // The errors are drawn in the next frame.
      nextFrame(() => nextFrame(() => focusFirst(form)))
    }
    busy = false
    self.update()
  }
  return (props) => h('form', { class: `form ${props.class ?? ''}`, novalidate: true, onsubmit: (/** @type {SubmitEvent} */ event) => submit(event, props) },
    fieldsOf(id, () => props.fields(errors, busy)),
    general && h('p', { class: 'form-error', role: 'alert', tabindex: '-1' }, general),
    h('div', { class: 'form-actions' }, props.beside,
      // With a key: a button that appears beside it must not take its place under the pointer.
      h('button', { key: 'submit', type: 'submit', class: `button ${props.danger ? 'danger' : 'primary'}`, 'aria-disabled': busy, 'aria-busy': busy }, props.action)))
}

/** @param {string} id @param {() => Child} draw */
function fieldsOf(id, draw) {
  const before = prefix
  prefix = id
  try {
    return draw()
  } finally {
    prefix = before
  }
}

/** @param {unknown} error @param {HTMLFormElement} form @param {FormProps} props */
function sort(error, form, props) {
  /** @type {Record<string, string>} */
  const errors = {}
  const own = props.explain?.(error)
  if (own?.field) return { errors: { [own.field]: own.message }, general: '' }
  if (own) return { errors, general: own.message }
  /** @type {string[]} */
  const rest = []
  const given = /** @type {{ errors?: { field: string, message: string }[] }} */ (error)?.errors ?? []
  for (const { field: name, message } of given) {
    if (form.elements.namedItem(name)) errors[name] = message[0].toUpperCase() + message.slice(1)
    else rest.push(`${name}: ${message}`)
  }
  return { errors, general: given.length ? rest.join('; ') : describe(error) }
}

/** @param {HTMLFormElement} form */
function focusFirst(form) {
  const target = form.querySelector('[aria-invalid=true], .form-error')
  if (target instanceof HTMLElement) target.focus()
}

/** An id for a control outside of `field`. */
export { freshId }
