// What can be done with a posted message: copy, answer again, edit, delete. Who may do what is the server's to say; here
// only what would be refused anyway is not offered.

import { copyText } from '../lib/clipboard.js'
import { focusNext, h, neighbour } from '../lib/dom.js'
import { Form } from '../lib/forms.js'
import { Menu } from '../lib/menus.js'
import { session as who } from '../lib/session.js'
import { isComposing } from '../lib/text.js'
import { Button, IconButton } from './button.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('./message.js').MessageProps} MessageProps */

/**
 * The author of the question may stop and repeat its answer, and editors.
 * @param {Ctx} ctx @param {string} session_id @param {string | null | undefined} question_id
 */
export function mayAnswer(ctx, session_id, question_id) {
  if (ctx.bot.canEdit) return true
  const question = ctx.bot.state.messages[session_id]?.items.find((m) => m.id === question_id)
  return question?.user_id === who.user?.id
}

/** @param {MessageProps} props */
export function answerAgain({ ctx, message }) {
  return ctx.attempt(() => ctx.api.regenerateAnswer({ message_id: message.id }), 'Not asked again')
}

/** @param {MessageProps} props @param {boolean} reachable with the Tab key */
export function MessageTools(props, reachable) {
  const { ctx, message, session, edit } = props
  const isBot = message.role === 'assistant'
  const own = message.user_id === who.user?.id && !isBot
  const open = session.status === 'open'
  const again = isBot && open && mayAnswer(ctx, session.id, message.metadata?.question_id)
  const tabindex = reachable ? undefined : '-1'
  const copyContent = () => copy(ctx, message.content)
  return h('div', { class: 'message-actions' },
    IconButton('copy', 'Copy text', copyContent, { kind: 'quiet small', tabindex }),
    again && IconButton('retry', 'Answer again', () => answerAgain(props), { kind: 'quiet small', tabindex }),
    h(Menu, {
      label: `More for the message of ${message.username}`, class: 'small', tabindex,
      items: () => [
        { label: 'Copy text', icon: 'copy', run: copyContent },
        { label: 'Copy link', icon: 'link', run: () => copy(ctx, linkTo(ctx, session.id, message.id)) },
        again && { label: 'Answer again', icon: 'retry', run: () => answerAgain(props) },
        own && open && { label: 'Edit', icon: 'edit', run: () => edit(message.id) },
        (own || ctx.bot.canEdit) && { label: 'Delete', icon: 'trash', danger: true, run: () => remove(ctx, session.id, message.id) },
      ],
    }))
}

/** @param {Ctx} ctx @param {string} session_id @param {string} message_id */
function linkTo(ctx, session_id, message_id) {
  return new URL(ctx.href(`/bots/${ctx.bot.id}/conversations/${session_id}?message=${message_id}`), location.origin).href
}

/** @param {Ctx} ctx @param {string} text */
function copy(ctx, text) {
  return ctx.attempt(async () => {
    await copyText(text)
    ctx.toast({ tone: 'ok', message: 'Copied.', seconds: 2, key: 'copied' })
  }, 'Not copied')
}

/** @param {Ctx} ctx @param {string} session_id @param {string} message_id */
async function remove(ctx, session_id, message_id) {
  const yes = await ctx.confirm({
    title: 'Delete this message?', message: 'Its text is taken out for everyone. This cannot be undone.', confirm: 'Delete message', danger: true,
  })
  if (!yes) return
  const beside = neighbour(ctx.bot.state.messages[session_id]?.items ?? [], message_id)
  await ctx.attempt(async () => {
    await ctx.api.deleteMessage({ message_id })
    focusNext(beside ? `[data-message="${beside.id}"]` : '.thread-head h2', { always: true })
  }, 'Not deleted')
}

/** The text as a field: Enter saves, Escape leaves it as it was. The focus goes back to the text field it came from, or to the message. @returns {(props: MessageProps) => Child} */
export function EditMessage() {
  /** @type {HTMLElement | null} */
  let row = null
  /** @type {HTMLElement | null} */
  let from = null
  return ({ ctx, message, edit }) => {
    const id = `edit-${message.id}`
    const end = () => {
      const back = from?.isConnected ? from : row
      if (row?.contains(document.activeElement)) back?.focus({ preventScroll: true })
      edit(null)
    }
    const begin = (/** @type {HTMLTextAreaElement} */ box) => {
      row = box.closest('[data-message]')
      from = document.activeElement instanceof HTMLTextAreaElement ? document.activeElement : null
      box.value = message.content
      box.focus()
      box.setSelectionRange(box.value.length, box.value.length)
    }
    const key = (/** @type {KeyboardEvent} */ event) => {
      const { form } = /** @type {HTMLTextAreaElement} */ (event.currentTarget)
      if (event.key === 'Escape') end()
      if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return
      event.preventDefault()
      form?.requestSubmit()
    }
    return h(Form, {
      class: 'edit', action: 'Save', beside: Button('Cancel', end),
      submit: async (/** @type {Record<string, string>} */ { content }) => {
        if (content !== message.content) await ctx.api.editMessage({ message_id: message.id, content })
        end()
      },
      fields: (/** @type {Record<string, string>} */ errors) => h('div', { class: 'field' },
        h('label', { class: 'visually-hidden', for: id }, 'Text of the message'),
        h('textarea', {
          id, name: 'content', class: 'input', rows: Math.min(12, message.content.split('\n').length + 1),
          'aria-invalid': errors.content ? 'true' : undefined, ref: begin, onkeydown: key,
        }),
        errors.content && h('p', { class: 'field-error' }, errors.content)),
    })
  }
}
