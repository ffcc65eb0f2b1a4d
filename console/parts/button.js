// Buttons, so that each has its type, its name and, where it is an icon alone, its words on hover.

import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'

/** @typedef {import('../lib/dom.js').Child} Child */

/**
 * With words on it.
 * @param {string} text @param {(event: Event) => void} onclick
 * @param {{ icon?: string, kind?: string, [attribute: string]: any }} [options] `kind`: primary, quiet, danger, danger-quiet, small …
 */
export function Button(text, onclick, { icon: name, kind = '', ...rest } = {}) {
  return h('button', { type: 'button', class: `button ${kind}`, onclick, ...rest }, name && icon(name), text)
}

/**
 * An icon alone.
 * @param {string} name @param {string} label what it does @param {(event: Event) => void} onclick
 * @param {{ kind?: string, [attribute: string]: any }} [options]
 */
export function IconButton(name, label, onclick, { kind = 'quiet', ...rest } = {}) {
  return h('button', { type: 'button', class: `button icon-only ${kind}`, 'aria-label': label, title: label, onclick, ...rest }, icon(name))
}

/**
 * A choice of few, side by side.
 * @template {string} V
 * @param {string} label @param {V} chosen @param {readonly (readonly [V, string])[]} options value and words @param {(value: V) => void} choose
 */
export function Segments(label, chosen, options, choose) {
  return h('div', { class: 'segments', role: 'group', 'aria-label': label }, options.map(([value, text]) => h('button', {
    key: value, type: 'button', class: 'segment', 'aria-pressed': value === chosen, onclick: () => choose(value),
  }, text)))
}
