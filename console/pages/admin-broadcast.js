// A notice to everybody: written, looked at, and sent once.

import { h } from '../lib/dom.js'
import { Form, field } from '../lib/forms.js'
import { icon } from '../lib/icons.js'
import { adminFrame } from '../parts/admin-frame.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  let draft = { title: '', message: '', level: 'info' }
  let round = 0
  /** @param {Record<string, string>} values */
  const send = async (values) => {
    const title = values.title.trim()
    const message = values.message.trim()
    if (!message) throw Object.assign(new Error('The message is empty'), { status: 422, errors: [{ field: 'message', message: 'write what people should know' }] })
    const yes = await ctx.confirm({ title: 'Send this to everybody?', confirm: 'Send', message: 'It appears at once for all who are here, and in the notifications of everybody else. It cannot be called back.' })
    if (!yes) return
    await ctx.api.broadcast({ message, level: values.level, ...(title ? { title } : {}) })
    draft = { title: '', message: '', level: 'info' }
    round += 1
    ctx.toast({ tone: 'ok', message: 'Sent to everybody.' })
    ctx.update()
  }
  const typed = (/** @type {any} */ event) => {
    const form = event.currentTarget.form
    draft = { title: form.elements.title.value, message: form.elements.message.value, level: form.elements.level.value }
    ctx.update()
  }
  ctx.guardLeaving(() => (draft.title.trim() || draft.message.trim() ? 'Your message was not sent to anybody.' : false))
  const input = { oninput: typed, onchange: typed }
  return () => adminFrame(ctx, 'Broadcast', h('div', { class: 'broadcast' },
    h(Form, { key: round, action: 'Send to everybody…', submit: send, fields: (/** @type {Record<string, string>} */ errors) => [
      field({ name: 'title', label: 'Title', optional: true, error: errors.title, input: { ...input, maxlength: '200' } }),
      field({ name: 'message', label: 'Message', type: 'textarea', error: errors.message, hint: 'Plain text. Everybody with an account gets it.', input }),
      field({ name: 'level', label: 'Kind', type: 'select', error: errors.level, options: [{ value: 'info', label: 'For information' }, { value: 'warning', label: 'Warning' }], input }),
    ] }),
    h('section', { class: 'section', 'aria-label': 'Preview' }, h('h3', null, 'What people see'),
      h('div', { class: `toast toast-${draft.level === 'warning' ? 'warning' : 'info'} broadcast-preview` }, icon(draft.level === 'warning' ? 'alert' : 'bell'),
        h('div', { class: 'toast-text' }, h('strong', null, draft.title.trim() || 'A message from the administrators'), h('span', null, draft.message.trim() || 'Your message'))))))
}
