// Files that are dropped anywhere on the page or pasted, and the veil that says so while they hover.

import { h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'

/**
 * Listens until the page goes. Folders are told apart, since a browser hands them over as empty files.
 * @param {{ files: (files: File[]) => void, folder: (name: string) => void, hover: (over: boolean) => void, allowed: () => boolean }} to
 * @returns {() => void}
 */
export function takeFiles({ files, folder, hover, allowed }) {
  let depth = 0
  const over = (/** @type {number} */ next) => {
    if ((depth > 0) !== (next > 0)) hover(next > 0)
    depth = Math.max(0, next)
  }
  const concerns = (/** @type {DragEvent} */ event) => allowed() && Boolean(event.dataTransfer?.types.includes('Files')) && !document.querySelector('dialog[open]')
  /** @type {Record<string, (event: any) => void>} */
  const listeners = {
    dragenter: (event) => { if (concerns(event)) { event.preventDefault(); over(depth + 1) } },
    dragover: (event) => {
      if (!concerns(event)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
    },
    dragleave: (event) => { if (depth && concerns(event)) over(depth - 1) },
    drop: (event) => {
      if (!concerns(event)) return
      event.preventDefault()
      over(0)
      hand(event.dataTransfer)
    },
    paste: (event) => {
      if (!allowed() || document.querySelector('dialog[open]') || !event.clipboardData?.files.length) return
      event.preventDefault()
      files([...event.clipboardData.files])
    },
  }
  /** @param {DataTransfer} transfer */
  const hand = (transfer) => {
    /** @type {File[]} */
    const found = []
    for (const item of transfer.items) {
      const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
      const file = item.getAsFile()
      if (entry?.isDirectory) folder(entry.name)
      else if (file) found.push(file)
    }
    if (found.length) files(found)
  }
  for (const [type, fn] of Object.entries(listeners)) addEventListener(type, fn)
  return () => { for (const [type, fn] of Object.entries(listeners)) removeEventListener(type, fn) }
}

/** Over the whole page; the pointer's events go through it. @param {string} name of the bot */
export function DropVeil(name) {
  return h('div', { class: 'drop-veil', 'aria-hidden': 'true' }, h('div', { class: 'drop-veil-box' }, icon('upload'), h('strong', null, `Drop to add to ${name}`), h('span', { class: 'small' }, 'Several files at once are fine.')))
}
