// Dialogs, questions and toasts: everything that lies above the page. Dialogs are native <dialog>s, so that focus,
// Escape and the backdrop behave as the browser does it. Menus and popovers: menus.js.

import { h, render, unmount } from './dom.js'
import { icon } from './icons.js'
import { onSession, session } from './session.js'

/** @typedef {import('./dom.js').Child} Child */

let serial = 0
/** A fresh id, to join labels and controls. @param {string} [prefix] */
export const freshId = (prefix = 'id') => `${prefix}-${++serial}`

/** What closes each dialog that is open. @type {Set<() => void>} */
const dialogs = new Set()

/** A dialog belongs to the page that opened it, and to whoever is signed in. */
export function closeDialogs() {
  for (const close of [...dialogs]) close()
}

onSession(() => {
  if (session.user) return
  closeDialogs()
  for (const shown of toasts) drop(shown)
})

/**
 * Open a dialog. `view(close)` draws its body and is drawn again by the returned `update`.
 * Resolves with what `close(value)` was given, or undefined when it was dismissed.
 * @template T
 * @param {{ title: string, description?: string, size?: 'small' | 'medium' | 'large', sheet?: boolean, view: (close: (value?: T) => void, update: () => void) => Child }} options
 * @returns {Promise<T | undefined>}
 */
export function openDialog({ title, description, size = 'medium', sheet = false, view }) {
  const before = document.activeElement
  const dialog = document.createElement('dialog')
  const titleId = freshId('dialog')
  dialog.className = `dialog dialog-${size}${sheet ? ' dialog-sheet' : ''}`
  dialog.setAttribute('aria-labelledby', titleId)
  document.body.append(dialog)
  return new Promise((resolve) => {
    /** @type {T | undefined} */
    let result
    const close = (/** @type {T | undefined} */ value) => {
      result = value
      dialog.close()
    }
    const update = () => {
      if (!dialog.isConnected) return
      render(h('div', { class: 'dialog-box' },
        h('header', { class: 'dialog-head' },
          h('h2', { id: titleId }, title),
          h('button', { type: 'button', class: 'button quiet icon-only', 'aria-label': 'Close', onclick: () => close(undefined) }, icon('close'))),
        description && h('p', { class: 'dialog-description' }, description),
        view(close, update)), dialog)
    }
    const dismiss = () => close(undefined)
    dialogs.add(dismiss)
    dialog.addEventListener('close', () => {
      dialogs.delete(dismiss)
      raiseToasts()
      unmount(dialog)
      dialog.remove()
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
      resolve(result)
    })
    // Whoever has begun to fill something in means the button.
    let filling = false
    dialog.addEventListener('input', () => { filling = true })
    dialog.addEventListener('mousedown', (event) => {
      if (event.target === dialog && !filling && isOutside(event, dialog)) close(undefined)
    })
    update()
    dialog.showModal()
    raiseToasts()
    const first = dialog.querySelector('[autofocus], .dialog-body input, .dialog-body textarea, .dialog-body select')
    if (first instanceof HTMLElement) first.focus()
  })
}

/** On the backdrop; a scrollbar of the dialog is the dialog too. @param {MouseEvent} event @param {Element} dialog */
function isOutside({ clientX, clientY }, dialog) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect()
  return clientX < left || clientX >= right || clientY < top || clientY >= bottom
}

/**
 * Ask before something that cannot be taken back. True when the person says yes.
 * @param {{ title: string, message: Child, confirm: string, cancel?: string, danger?: boolean }} question
 * @returns {Promise<boolean>}
 */
export async function confirm({ title, message, confirm: yes, cancel = 'Cancel', danger = false }) {
  const answer = await openDialog({
    title,
    size: 'small',
    view: (close) => h('div', { class: 'dialog-body' },
      h('div', { class: 'prose-s' }, message),
      h('div', { class: 'dialog-actions' },
        h('button', { type: 'button', class: 'button', autofocus: danger, onclick: () => close(false) }, cancel),
        h('button', { type: 'button', class: `button ${danger ? 'danger' : 'primary'}`, autofocus: !danger, onclick: () => close(true) }, yes))),
  })
  return answer === true
}

/**
 * @typedef {object} Toast
 * @property {string} [title]
 * @property {string} message
 * @property {'info' | 'ok' | 'warning' | 'error'} [tone]
 * @property {{ label: string, run: () => void }} [action]
 * @property {number} [seconds]  default 6; ok 4, errors 10; 0 stays until closed
 * @property {string} [key]  a second toast with the same key replaces the first
 * @property {string} [about]  the id of what it is about, for `dropToasts`
 */
/** @typedef {Toast & { id: string, left: number, timer: ReturnType<typeof setTimeout> | undefined, since: number }} Shown */

/** @type {Shown[]} */
let toasts = []

/** Say something that goes by itself. It waits while the pointer or the focus is on it. @param {Toast} given @returns {() => void} takes it away */
export function toast(given) {
  const seconds = given.seconds ?? (given.tone === 'error' ? 10 : given.tone === 'ok' ? 4 : 6)
  /** @type {Shown} */
  const shown = { ...given, id: given.key ?? freshId('toast'), left: seconds * 1000, timer: undefined, since: 0 }
  const same = toasts.find((t) => t.id === shown.id)
  if (same) clearTimeout(same.timer)
  toasts = [...toasts.filter((t) => t !== same), shown].slice(-4)
  run(shown)
  drawToasts()
  return () => drop(shown)
}

/** @param {Shown} shown */
function run(shown) {
  // Pointer and focus may leave one after the other.
  clearTimeout(shown.timer)
  if (shown.left <= 0) return
  shown.since = performance.now()
  shown.timer = setTimeout(() => drop(shown), shown.left)
}

/** @param {Shown} shown */
function hold(shown) {
  if (shown.timer === undefined) return
  clearTimeout(shown.timer)
  shown.timer = undefined
  shown.left = Math.max(1500, shown.left - (performance.now() - shown.since))
}

/** @param {Shown} shown */
function drop(shown) {
  clearTimeout(shown.timer)
  toasts = toasts.filter((t) => t !== shown)
  drawToasts()
}

/** What was said about something that is no more. @param {string} about */
export function dropToasts(about) {
  for (const shown of toasts) if (shown.about === about) drop(shown)
}

const TONES = { info: 'bell', ok: 'check', warning: 'alert', error: 'alert' }

function drawToasts() {
  const container = document.getElementById('overlays')
  if (!container) return
  // The newest on top: the stack stands on its foot, and none moves away from under the pointer.
  render(h('section', { class: 'toasts', role: 'region', 'aria-label': 'Messages of the console' },
    h('div', { role: 'status', 'aria-live': 'polite', 'aria-relevant': 'additions' }, toasts.toReversed().map((t) => drawToast(t)))), container)
  raiseToasts()
}

/** Nothing outside of a modal dialog can be used or is read aloud: the toasts go where the topmost one is. As a popover they lie above it. */
function raiseToasts() {
  const container = document.getElementById('overlays')
  const place = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body
  if (container && container.parentNode !== place) place.append(container)
  const region = container?.firstElementChild
  if (!(region instanceof HTMLElement) || !('popover' in region)) return
  region.popover = 'manual'
  if (!region.matches(':popover-open')) region.showPopover()
}

/** The region must be there before the first message, or it is not read aloud. */
export const prepareToasts = drawToasts

/** @param {Shown} t */
function drawToast(t) {
  const tone = t.tone ?? 'info'
  return h('div', {
    key: t.id, class: `toast toast-${tone}`,
    onpointerenter: () => hold(t), onpointerleave: () => run(t), onfocusin: () => hold(t), onfocusout: () => run(t),
  },
  icon(TONES[tone]),
  h('div', { class: 'toast-text' }, t.title && h('strong', null, t.title), h('span', null, t.message)),
  t.action && h('button', { type: 'button', class: 'button small', onclick: () => { drop(t); t.action?.run() } }, t.action.label),
  h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': 'Dismiss', onclick: () => drop(t) }, icon('close')))
}

/** What went wrong, in words a person can use. @param {unknown} error */
export function describe(error) {
  if (!(error instanceof Error)) return 'Something went wrong.'
  const { status, detail, requestId } = /** @type {{ status?: number, detail?: string, requestId?: string }} */ (/** @type {unknown} */ (error))
  if (status === 0) return 'The server cannot be reached right now.'
  if (error instanceof DOMException) return 'The browser did not allow it.'
  if (status === undefined) return 'The console failed here. Reloading the page may help.'
  const text = detail || error.message
  const sentence = text ? text[0].toUpperCase() + text.slice(1) : 'The server refused this.'
  return status >= 500 && requestId ? `${sentence} (request ${requestId})` : /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

/** @param {unknown} error @param {string} [title] */
export function toastError(error, title) {
  if (!(error instanceof DOMException || (error instanceof Error && 'status' in error))) reportError(error)
  toast({ tone: 'error', title, message: describe(error) })
}
