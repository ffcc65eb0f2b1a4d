// The documents of a bot: adding, the work on them live, failures with a way on, deletion with its proof, a search to try.

import { focusNext, h } from '../lib/dom.js'
import { plural, size } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { dropUpload, onUploads, refuse, settleUploads, upload, uploadAgain, uploadsOf } from '../lib/uploads.js'
import { documentRow, stageOf, uploadRow } from '../parts/document-row.js'
import { olderDocuments } from '../parts/older-documents.js'
import { DropVeil, takeFiles } from '../parts/dropping.js'
import { download } from '../parts/passage.js'
import { PassageSearch } from '../parts/passage-search.js'
import { confirmRemoval, showProof } from '../parts/removal.js'
import { Empty } from '../parts/states.js'

/** @typedef {import('../parts/document-row.js').Document} Document */

const READABLE = '.txt,.md,.markdown,.html,.htm,.pdf,.docx,.pptx,.xlsx,.csv,.json,text/plain,text/markdown,text/html,application/pdf,text/csv,application/json'
/** From how many on a filter helps. */
const MANY = 8

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  const { bot } = ctx
  ctx.title(`Documents of ${bot.state.bot?.name ?? ''}`)
  let over = false
  let filter = ''
  let said = ''
  // What was sent while one was elsewhere stands in the state by now, or was deleted since.
  settleUploads(() => true)
  const older = olderDocuments(ctx)
  const announce = announcer((words) => { said = words; ctx.update() })
  ctx.dispose(onUploads(ctx.update))
  ctx.dispose(takeFiles({
    allowed: () => bot.canEdit,
    hover: (now) => { over = now; ctx.update() },
    files: (files) => upload(bot.id, files),
    folder: (name) => refuse(bot.id, name, 'Folders cannot be added. Open it and choose the files in it.'),
  }))

  const actions = documentActions(ctx, older)
  const drop = (/** @type {string} */ key) => {
    dropUpload(key)
    focusNext('#documents-title')
  }
  const show = async (/** @type {string} */ id) => {
    filter = ''
    ctx.update()
    if (await older.reach(id)) focusNext(`#document-${id}`, { always: true })
    else ctx.toast({ tone: 'warning', message: 'This document could not be loaded. It may have been deleted.' })
  }

  return () => {
    const { state } = bot
    const known = new Set([...state.documents, ...older.items].map((d) => d.id))
    settleUploads((id) => known.has(id))
    const uploads = uploadsOf(bot.id)
    const fresh = uploads.flatMap((u) => u.document ?? [])
    const documents = [...fresh, ...state.documents, ...older.items]
    announce(documents)
    const wanted = filter.trim().toLowerCase()
    const found = wanted ? documents.filter((d) => d.filename.toLowerCase().includes(wanted)) : documents
    const nothing = documents.length === 0 && uploads.length === 0
    return h('div', { class: 'page documents' },
      h('div', { class: 'page-head' },
        h('div', { class: 'grow stack-s' }, h('h2', { id: 'documents-title', tabindex: '-1' }, 'Documents'), h('p', { class: 'muted' }, summary(documents, state.moreDocuments && !older.done))),
        bot.canEdit && !nothing && chooser(ctx.bot.id)),
      h('p', { class: 'visually-hidden', role: 'status' }, said),
      !bot.canEdit && !nothing && h('p', { class: 'small muted' }, 'You can search and download. Editors and owners add and remove documents.'),
      documents.length > 0 && h(PassageSearch, { bot_id: bot.id }),
      nothing ? empty(ctx, bot.canEdit) : h('div', { class: 'stack' },
        (documents.length > MANY || wanted) && h('label', { class: 'input-search document-filter' }, icon('filter'), h('span', { class: 'visually-hidden' }, 'Only names with'),
          h('input', { type: 'search', class: 'input', placeholder: 'Only names with …', value: filter, oninput: (/** @type {any} */ e) => { filter = e.currentTarget.value; ctx.update() } })),
        bot.canEdit && h('p', { class: 'drop-hint small muted not-phone' }, icon('upload'), 'Drop files anywhere on this page, or paste them.'),
        h('ul', { class: 'list', 'aria-label': 'Documents' },
          uploads.filter((u) => !u.document).map((u) => uploadRow(u, { drop, again: uploadAgain, show })),
          found.map((d) => documentRow(d, actions))),
        found.length === 0 && wanted && h('p', { class: 'muted' }, `No name has “${filter.trim()}” in it.`),
        older.button(state.moreDocuments)),
      over && DropVeil(state.bot?.name ?? 'the bot'))
  }
}

/**
 * What can be done with a document from its row.
 * @param {import('../parts/page.js').Ctx} ctx @param {ReturnType<typeof olderDocuments>} older
 * @returns {import('../parts/document-row.js').DocumentActions}
 */
function documentActions(ctx, older) {
  const { bot } = ctx
  /** @type {Set<string>} */
  const busy = new Set()
  /** @type {Set<string>} */
  const fetching = new Set()
  /** @param {Document} document @param {() => Promise<unknown>} work @param {string} failed */
  const ask = async (document, work, failed) => {
    if (busy.has(document.id)) return
    busy.add(document.id)
    ctx.update()
    await ctx.attempt(work, failed)
    busy.delete(document.id)
    // The button has gone with the state that it was for.
    focusNext(`#document-${document.id}`)
    ctx.update()
  }
  return {
    get canEdit() { return bot.canEdit },
    busy,
    nameOf: (/** @type {string | null} */ user_id) => bot.state.members.find((m) => m.user_id === user_id)?.username ?? 'someone who left',
    fetching,
    download: async (/** @type {Document} */ { id, filename }) => {
      if (fetching.has(id)) return
      fetching.add(id)
      ctx.update()
      await download({ document_id: id, filename })
      fetching.delete(id)
      ctx.update()
    },
    again: (/** @type {Document} */ document) => ask(document, () => ctx.api.reprocessDocument({ document_id: document.id }), `${document.filename} could not be read again`),
    cancel: (/** @type {Document} */ document) => ask(document, () => ctx.api.cancelDocument({ document_id: document.id }), `${document.filename} could not be cancelled`),
    remove: async (/** @type {Document} */ document) => {
      if (!await confirmRemoval(document)) return
      const proof = await ctx.attempt(() => ctx.api.deleteDocument({ document_id: document.id }), `${document.filename} could not be deleted`)
      if (!proof) return
      older.forget(document.id)
      await showProof(document, proof)
      focusNext('#documents-title', { always: true })
    },
  }
}

/** @param {readonly Document[]} documents @param {boolean} more */
function summary(documents, more) {
  if (documents.length === 0) return 'What the bot answers from.'
  const bytes = documents.reduce((sum, d) => sum + d.size, 0)
  const chunks = documents.reduce((sum, d) => sum + (d.chunks ?? 0), 0)
  return `${more ? 'The newest ' : ''}${plural(documents.length, 'document')}, ${plural(chunks, 'passage')}, ${size(bytes)}`
}

/** A button that opens the browser's dialog; the input itself is not shown. @param {string} bot_id */
function chooser(bot_id) {
  const pick = (/** @type {any} */ event) => event.currentTarget.parentElement.querySelector('input').click()
  return h('div', { class: 'chooser' },
    h('button', { type: 'button', class: 'button primary', onclick: pick }, icon('upload'), 'Add documents'),
    h('input', {
      type: 'file', multiple: true, accept: READABLE, hidden: true, 'aria-label': 'Files to add',
      onchange: (/** @type {any} */ event) => {
        upload(bot_id, [...event.currentTarget.files])
        event.currentTarget.value = ''
      },
    }))
}

/** @param {import('../parts/page.js').Ctx} ctx @param {boolean} canEdit */
function empty(ctx, canEdit) {
  if (!canEdit) return Empty({ icon: 'document', title: 'No documents yet', text: 'Editors and owners of the bot add what it answers from. You will see it here as it comes.' })
  return h('div', { class: 'drop-zone' }, Empty({
    icon: 'upload', title: 'Give the bot something to read', level: 'h2',
    text: 'Drop files here, paste them, or choose them. Text, Markdown, HTML, PDF, Word, PowerPoint, Excel, CSV and JSON can be read. Answers will quote the passages they come from.',
    actions: chooser(ctx.bot.id),
  }))
}

/** Says what came of the work on documents, for those who do not see the bars. @param {(words: string) => void} say */
function announcer(say) {
  /** @type {Map<string, string>} */
  let last = new Map()
  let begun = false
  return (/** @type {readonly Document[]} */ documents) => {
    /** @type {string[]} */
    const news = []
    for (const d of documents) {
      const before = last.get(d.id)
      if (before === d.status) continue
      if (d.status === 'processed' && before) news.push(`${d.filename} is ready`)
      else if (d.status === 'failed' && before) news.push(`${d.filename} failed: ${d.error ?? ''}`)
      else if (d.status === 'cancelled' && before) news.push(`${d.filename} was cancelled`)
      else if (begun && !before) news.push(`${d.filename} was added: ${d.status === 'processed' ? 'ready' : stageOf(d).toLowerCase()}`)
    }
    last = new Map(documents.map((d) => [d.id, d.status]))
    begun = true
    if (news.length) say(news.join('. '))
  }
}
