// Somebody else saved while one was editing: what they changed, what one changed oneself, field by field, and what is to
// become of it: both together, mine over theirs, or mine thrown away.

import { h } from '../lib/dom.js'
import { labelOf, meet } from '../lib/config.js'
import { list, timeAgo } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { openDialog } from '../lib/overlays.js'
import { DiffView } from './diff-view.js'

/** @typedef {import('../lib/config.js').Draft} Draft */
/** @typedef {import('../lib/config.js').FieldName} FieldName */
/** @typedef {{ version: number, username: string, created_at: string }} Author */
/** @typedef {{ base: Draft, mine: Draft, theirs: Draft, authors: readonly Author[] }} Stale */

/** The draft to save, over their version; 'discard' gives up one's own. @param {Stale} stale @returns {Promise<Draft | 'discard' | undefined>} */
export function settleStaleEdit({ base, mine, theirs, authors }) {
  const fields = meet(base, mine, theirs).filter((f) => f.mine || f.theirs)
  /** @type {Partial<Record<FieldName, 'mine' | 'theirs'>>} */
  const chosen = {}
  const undecided = () => fields.filter((f) => f.conflict && !chosen[f.name])
  const together = () => {
    const draft = { ...theirs }
    for (const f of fields) draft[f.name] = f.conflict ? (chosen[f.name] === 'mine' ? mine : theirs)[f.name] : f.merged ?? theirs[f.name]
    return draft
  }
  let missing = false
  return openDialog({
    title: 'Somebody else changed this bot meanwhile',
    size: 'large',
    view: (/** @type {(value?: Draft | 'discard') => void} */ close, update) => h('div', { class: 'dialog-body stale' },
      // What it is about comes first, not the first thing to choose.
      h('p', { tabindex: '-1', autofocus: true }, byline(authors), ' Nothing of yours is lost: choose what is to be saved.'),
      fields.map((f) => fieldCard(f, { base, mine, theirs }, chosen[f.name], (choice) => { chosen[f.name] = choice; missing = false; update() })),
      missing && h('p', { class: 'form-error', role: 'alert' }, `First choose what is to become of: ${list(undecided().map((f) => labelOf(f.name)), 5)}.`),
      h('div', { class: 'dialog-actions' },
        h('button', { type: 'button', class: 'button danger-quiet', onclick: () => close('discard') }, 'Discard mine'),
        h('button', { type: 'button', class: 'button', onclick: () => close(mine) }, 'Overwrite with mine'),
        h('button', { type: 'button', class: 'button primary', onclick: () => {
          if (undecided().length === 0) return close(together())
          missing = true
          update()
        } }, 'Save both together'))),
  })
}

/** @param {readonly Author[]} authors */
function byline(authors) {
  const names = [...new Set(authors.map((a) => a.username))]
  const newest = authors[0]
  if (!newest) return 'There is a newer version.'
  return [h('strong', null, list(names)), ` saved version ${newest.version}, `, timeAgo(newest.created_at), '.']
}

/**
 * @param {import('../lib/config.js').Meeting} field @param {{ base: Draft, mine: Draft, theirs: Draft }} drafts
 * @param {'mine' | 'theirs' | undefined} choice @param {(choice: 'mine' | 'theirs') => void} choose
 */
function fieldCard({ name, mine: own, theirs: other, conflict, merged }, { base, mine, theirs }, choice, choose) {
  const label = labelOf(name)
  const diff = (/** @type {string} */ title, /** @type {string} */ text) => h('div', { class: 'stack-s grow' }, h('p', { class: 'small strong' }, title), h(DiffView, { same: [base[name], text], before: base[name], after: text, label: `${label}: ${title}` }))
  return h('section', { class: 'card stale-field', key: name, 'aria-label': label },
    h('div', { class: 'row' }, h('h3', null, label), h('span', { class: 'end' }, badge(own, other, conflict))),
    h('div', { class: 'stale-sides' }, other && diff('Theirs', theirs[name]), own && diff('Yours', mine[name])),
    conflict && h('fieldset', { class: 'row-wrap', }, h('legend', { class: 'visually-hidden' }, `Which ${label} is to be saved?`),
      ['theirs', 'mine'].map((value) => h('label', { key: value, class: 'choice' },
        h('input', { type: 'radio', name: `stale-${name}`, value, checked: choice === value, onchange: () => choose(/** @type {'mine' | 'theirs'} */ (value)) }), value === 'mine' ? 'Keep yours' : 'Take theirs'))),
    own && other && !conflict && merged !== null && merged !== mine[name] && merged !== theirs[name] && h('details', null, h('summary', { class: 'small' }, 'How it reads with both'), h(DiffView, { same: [base[name], merged], before: base[name], after: merged, label: `${label}: both together` })))
}

/** @param {boolean} own @param {boolean} other @param {boolean} conflict */
function badge(own, other, conflict) {
  if (conflict) return h('span', { class: 'badge badge-warning' }, icon('alert'), 'Both changed it: choose')
  if (own && other) return h('span', { class: 'badge badge-ok' }, icon('check'), 'Both changes fit together')
  return h('span', { class: 'badge badge-ok' }, icon('check'), own ? 'Only you changed it' : 'Only they changed it')
}
