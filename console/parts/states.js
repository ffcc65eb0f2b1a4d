// Whole-page states that are no page of their own: not found, server unreachable, loading.

import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { describe } from '../lib/overlays.js'
import { href } from '../lib/router.js'
import { colloquy } from '../lib/session.js'

/** @typedef {import('../lib/dom.js').Child} Child */

/** @param {{ icon: string, title: string, text?: Child, level?: 'h1' | 'h2', actions?: Child }} props */
export function Empty({ icon: name, title, text, level = 'h2', actions }) {
  return h('div', { class: 'empty' }, icon(name, { class: 'empty-icon' }), h(level, null, title), text && h('p', null, text), actions && h('div', { class: 'row-wrap' }, actions))
}

export function NotFound() {
  return Empty({
    icon: 'search', level: 'h1', title: 'There is nothing here',
    text: 'The address is wrong, or what it led to is gone or was never shared with you.',
    actions: h('a', { class: 'button primary', href: href('/bots') }, 'To my bots'),
  })
}

/** @returns {(props: { error: unknown, again: () => void }) => Child} */
export function Unreachable() {
  return ({ error, again }) => h('main', { id: 'main', class: 'gate' }, Empty({
    icon: 'plug', level: 'h1', title: 'The server does not answer', text: describe(error),
    actions: h('button', { type: 'button', class: 'button primary', onclick: again }, 'Try again'),
  }))
}

/** What failed to load, with a way to try again. @param {{ error: unknown, again: () => void }} props */
export function LoadError({ error, again }) {
  return h('div', { class: 'note note-error', role: 'alert' }, icon('alert'), h('p', { class: 'grow' }, describe(error)),
    h('button', { type: 'button', class: 'button small', onclick: again }, 'Try again'))
}

/** So long may loading take before something is said of it, in ms. */
const PATIENCE = 5000

/**
 * Grey lines for what the client's state loads and asks for again by itself; when that takes long, why, and a way to try at once.
 * @param {import('../lib/dom.js').Self} self @returns {(props: { lines?: number, again: () => void }) => Child}
 */
export function Loading(self) {
  let long = false
  const timer = setTimeout(() => {
    long = true
    self.update()
  }, PATIENCE)
  self.dispose(() => clearTimeout(timer))
  return ({ lines, again }) => h('div', { class: 'stack' }, Skeleton(lines),
    long && h('div', { class: 'note note-warning', role: 'alert' }, icon('alert'),
      h('p', { class: 'grow' }, colloquy.state === 'open' ? 'The server has trouble with this. It is asked again by itself.' : 'The server cannot be reached right now.'),
      h('button', { type: 'button', class: 'button small', onclick: again }, 'Try again')))
}

/** Grey lines while something loads. @param {number} [lines] */
export function Skeleton(lines = 4) {
  return h('div', { class: 'stack', 'aria-busy': 'true' }, h('span', { class: 'visually-hidden', role: 'status' }, 'Loading'),
    Array.from({ length: lines }, (_, i) => h('div', { class: 'row', 'aria-hidden': 'true' }, h('div', { class: 'skeleton skeleton-circle' }),
      h('div', { class: 'skeleton grow', style: { 'max-width': `${[70, 45, 85, 60][i % 4]}%` } }))))
}
