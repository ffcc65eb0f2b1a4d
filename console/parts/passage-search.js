// "Try a search": which passages the bot would find for a question. Nothing is asked of a model here.

import { focusNext, h } from '../lib/dom.js'
import { plural } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { describe } from '../lib/overlays.js'
import { colloquy } from '../lib/session.js'
import { marked, showPassage, whereabouts, wordsOf } from './passage-dialog.js'

/** @typedef {import('../colloquy/schema.js').Passage} Passage */

/** @param {import('../lib/dom.js').Self} self @returns {(props: { bot_id: string }) => import('../lib/dom.js').Child} */
export function PassageSearch(self) {
  let query = ''
  let asked = ''
  let problem = ''
  let busy = false
  /** @type {readonly Passage[] | null} */
  let found = null
  let turn = 0
  const search = async (/** @type {string} */ bot_id) => {
    const mine = ++turn
    asked = query.trim()
    problem = ''
    if (!asked) {
      found = null
      return self.update()
    }
    busy = true
    self.update()
    try {
      const { items } = await colloquy.api.searchDocuments({ bot_id, query: asked, limit: 8 })
      if (mine === turn) found = items
    } catch (error) {
      if (mine === turn) problem = describe(error)
    }
    if (mine === turn) busy = false
    self.update()
  }
  const clear = () => {
    turn += 1
    query = ''
    found = null
    problem = ''
    busy = false
    self.update()
  }
  return ({ bot_id }) => h('search', { class: 'passage-search' },
    h('form', { class: 'row', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); search(bot_id) } },
      h('label', { class: 'input-search grow' }, icon('search'), h('span', { class: 'visually-hidden' }, 'Try a search: which passages does the bot find?'),
        h('input', { type: 'search', class: 'input', placeholder: 'Try a search: which passages does the bot find?', maxlength: '1000', value: query, autocomplete: 'off',
          oninput: (/** @type {any} */ event) => { query = event.currentTarget.value; if (!query && found) clear() } })),
      h('button', { type: 'submit', class: 'button', 'aria-busy': busy }, 'Search')),
    h('p', { class: 'visually-hidden', role: 'status' }, found && !busy ? `${plural(found.length, 'passage')} found` : ''),
    problem && h('p', { class: 'form-error', role: 'alert' }, problem),
    found && h('div', { class: 'stack-s' },
      h('div', { class: 'row' }, h('h3', { class: 'small' }, found.length ? `${plural(found.length, 'passage')} for “${asked}”` : `Nothing for “${asked}”`),
        h('button', { type: 'button', class: 'button quiet small end', onclick: () => { clear(); focusNext('.passage-search input') } }, icon('close'), 'Clear')),
      found.length === 0 && h('p', { class: 'muted small' }, 'No document holds these words. Try others, or add a document that says it.'),
      h('ol', { class: 'list passage-list' }, found.map((passage) => result(passage, wordsOf(asked))))))
}

/** @param {Passage} passage @param {string[]} words */
function result(passage, words) {
  return h('li', { key: `${passage.document_id} ${passage.chunk}` }, h('button', { type: 'button', class: 'passage-hit', onclick: () => showPassage(passage, words) },
    h('span', { class: 'row small' }, icon('quote'), h('strong', { class: 'truncate' }, passage.filename), h('span', { class: 'muted truncate' }, whereabouts(passage))),
    h('span', { class: 'passage-hit-text' }, marked(passage.text, words))))
}
