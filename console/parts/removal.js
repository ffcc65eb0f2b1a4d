// Deleting a document: what it means, asked before; the proof, shown afterwards.

import { h } from '../lib/dom.js'
import { count, plural, size } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { confirm, openDialog } from '../lib/overlays.js'

/** @param {import('./document-row.js').Document} document */
export function confirmRemoval({ filename, chunks }) {
  return confirm({
    title: 'Delete this document?',
    message: [
      h('p', null, h('strong', null, filename), ` and ${chunks ? `all ${plural(chunks, 'passage')}` : 'everything'} made of it are removed from the server. The bot stops answering from it at once.`),
      h('p', null, 'Answers that were given already stay, but their quotes no longer lead anywhere. This cannot be undone.'),
    ],
    confirm: 'Delete document',
    danger: true,
  })
}

/** @param {import('./document-row.js').Document} document @param {import('../colloquy/schema.js').RemovedView} proof */
export function showProof({ filename }, { chunks_removed, bytes_removed, citing_messages }) {
  return openDialog({
    title: 'Deleted',
    size: 'small',
    view: (close) => h('div', { class: 'dialog-body' },
      h('p', null, h('strong', null, filename), ' is gone from this server. What was removed:'),
      h('dl', { class: 'proof' },
        figure(count(chunks_removed), chunks_removed === 1 ? 'passage' : 'passages'),
        figure(size(bytes_removed), `${count(bytes_removed)} bytes`),
        figure(count(citing_messages), citing_messages === 1 ? 'message quoted it' : 'messages quoted it')),
      citing_messages > 0 && h('p', { class: 'small muted' }, `${citing_messages === 1 ? 'That message stays, but its quote leads' : 'Those messages stay, but their quotes lead'} nowhere now. Messages in other people’s private conversations are not counted.`),
      h('div', { class: 'dialog-actions' }, h('button', { type: 'button', class: 'button primary', autofocus: true, onclick: () => close(undefined) }, icon('check'), 'Done'))),
  })
}

/** @param {string} number @param {string} words */
const figure = (number, words) => h('div', { class: 'proof-figure' }, h('dd', null, number), h('dt', null, words))
