// Copying text. Pages that did not come over HTTPS (a server in the office network) have no `navigator.clipboard`.

/** @param {string} text @returns {Promise<void>} */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const before = document.activeElement
  const box = document.createElement('textarea')
  box.value = text
  box.className = 'visually-hidden'
  box.setAttribute('aria-hidden', 'true')
  document.body.append(box)
  box.select()
  const done = document.execCommand('copy')
  box.remove()
  if (before instanceof HTMLElement) before.focus({ preventScroll: true })
  if (!done) throw new DOMException('copying was refused', 'NotAllowedError')
}
