// One message: posted, being answered, or still waiting to be sent. What a person may do with it stands in its menu.

import { copyText } from '../lib/clipboard.js'
import { Content } from '../lib/content.js'
import { h } from '../lib/dom.js'
import { dateTime, timeOfDay } from '../lib/format.js'
import { Form } from '../lib/forms.js'
import { icon } from '../lib/icons.js'
import { Menu } from '../lib/menus.js'
import { describe } from '../lib/overlays.js'
import { session as who } from '../lib/session.js'
import { Avatar, Avatars } from './avatar.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {import('./thread-rows.js').Posted} Posted */
/** @typedef {{ ctx: Ctx, session: import('./thread.js').Session, cite: (cited: import('./passage.js').Cited) => void, edit: (id: string | null) => void }} Common */
/** @typedef {Common & { message: Posted, grouped: boolean, last: boolean, editing: boolean, readers: { user_id: string, username: string }[] | undefined }} MessageProps */

/** How an answer ended, when it did not end well. */
const ENDINGS = {
  failed: { tone: 'error', text: 'The answer failed.' },
  cancelled: { tone: 'warning', text: 'Stopped before the end.' },
  interrupted: { tone: 'warning', text: 'Interrupted: the server stopped while it was being written.' },
}

/** @param {Self} self @returns {(props: MessageProps) => Child} */
export function Message(self) {
  /** The focus is in it: only then are its tools stops of the Tab key, or one would pass hundreds on the way down. */
  let inside = false
  const enter = () => {
    if (!inside) self.update()
    inside = true
  }
  const leave = (/** @type {FocusEvent} */ event) => {
    if (event.relatedTarget instanceof Node && /** @type {Element} */ (event.currentTarget).contains(event.relatedTarget)) return
    inside = false
    self.update()
  }
  return (props) => {
    const { ctx, message, grouped, editing, readers = [] } = props
    const isBot = message.role === 'assistant'
    const ending = ENDINGS[/** @type {keyof typeof ENDINGS} */ (message.metadata?.status)]
    const citations = message.metadata?.citations ?? []
    return h('li', { class: `message ${isBot ? 'message-bot' : ''} ${grouped ? 'message-grouped' : ''}`, 'data-message': message.id, tabindex: props.last ? '0' : '-1', onfocusin: enter, onfocusout: leave },
      h('div', { class: 'message-side' }, grouped ? h('time', { class: 'message-time', datetime: message.timestamp, title: dateTime(message.timestamp) }, timeOfDay(message.timestamp))
        : Avatar({ id: message.user_id ?? ctx.bot.id, name: message.username, kind: isBot ? 'bot' : 'person' })),
      h('div', { class: 'message-main' },
        h('div', { class: grouped ? 'visually-hidden' : 'message-head' }, author(message, isBot),
          h('time', { class: 'tiny faint', datetime: message.timestamp, title: dateTime(message.timestamp) }, timeOfDay(message.timestamp)),
          message.metadata?.regenerates && h('span', { class: 'tiny faint' }, 'answered again')),
        editing ? h(Edit, props) : message.content && h(Content, { id: message.id, content: message.content, citations, names: names(ctx), me: who.user?.username, cite: (/** @type {number} */ n) => props.cite({ ...citations[n - 1], n }) }),
        message.edited_at && !editing && h('span', { class: 'tiny faint', title: dateTime(message.edited_at) }, 'edited'),
        ending && h('p', { class: `ending ending-${ending.tone} small` }, icon('alert'), endingText(ending.text, message.metadata.error),
          mayAnswer(props) && h('button', { type: 'button', class: 'button small', onclick: () => regenerate(props) }, icon('retry'), 'Ask again')),
        citations.length > 0 && sources(citations, props.cite)),
      !editing && actions(props, isBot, inside ? undefined : '-1'),
      readers.length > 0 && h('div', { class: 'readers' }, Avatars({ people: readers, size: 'xs', most: 6, sentence: (n) => `Read up to here: ${n}` })))
  }
}

/** The reason comes as a short phrase without a full stop. @param {string} text @param {{ message?: string } | undefined} error */
function endingText(text, error) {
  const reason = error?.message
  return reason ? `${text} ${reason[0].toUpperCase()}${reason.slice(1)}.` : text
}

/** @param {{ username: string }} message @param {boolean} isBot */
const author = (message, isBot) => [h('span', { class: 'strong' }, message.username), isBot && h('span', { class: 'badge badge-accent' }, 'Bot')]

/** @param {Ctx} ctx */
const names = (ctx) => [...ctx.bot.state.members.map((m) => m.username), ctx.bot.state.bot?.name ?? 'bot', 'bot']

/** @param {any[]} citations @param {Common['cite']} cite */
function sources(citations, cite) {
  return h('ul', { class: 'sources', 'aria-label': 'Sources' }, citations.map((c, i) => h('li', { key: i }, h('button', { type: 'button', class: 'source', onclick: () => cite({ ...c, n: i + 1 }) },
    h('span', { class: 'cite', 'aria-hidden': 'true' }, String(i + 1)), h('span', { class: 'truncate' }, c.filename), c.page ? h('span', { class: 'faint nowrap' }, `p. ${c.page}`) : null))))
}

/** The author of the question, or an editor. @param {{ ctx: Ctx, message: { metadata: any, session_id: string } }} props */
function mayAnswer({ ctx, message }) {
  if (ctx.bot.canEdit) return true
  const question = ctx.bot.state.messages[message.session_id]?.items.find((m) => m.id === message.metadata?.question_id)
  return question?.user_id === who.user?.id
}

/** @param {MessageProps} props */
function regenerate({ ctx, message }) {
  return ctx.attempt(() => ctx.api.regenerateAnswer({ message_id: message.id }), 'Not asked again')
}

/** @param {MessageProps} props @param {boolean} isBot @param {string | undefined} tabindex */
function actions(props, isBot, tabindex) {
  const { ctx, message, session, edit } = props
  const own = message.user_id === who.user?.id && !isBot
  const open = session.status === 'open'
  return h('div', { class: 'message-actions' },
    h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': 'Copy text', title: 'Copy text', tabindex, onclick: () => copy(ctx, message.content) }, icon('copy')),
    isBot && open && mayAnswer(props) && h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': 'Answer again', title: 'Answer again', tabindex, onclick: () => regenerate(props) }, icon('retry')),
    h(Menu, {
      label: `More for the message of ${message.username}`, class: 'small', tabindex,
      items: () => [
        { label: 'Copy text', icon: 'copy', run: () => copy(ctx, message.content) },
        { label: 'Copy link', icon: 'link', run: () => copy(ctx, new URL(`${ctx.href(`/bots/${ctx.bot.id}/conversations/${session.id}`)}?message=${message.id}`, location.origin).href) },
        isBot && open && mayAnswer(props) && { label: 'Answer again', icon: 'retry', run: () => regenerate(props) },
        own && open && { label: 'Edit', icon: 'edit', run: () => edit(message.id) },
        (own || ctx.bot.canEdit) && { label: 'Delete', icon: 'trash', danger: true, run: () => remove(ctx, message) },
      ],
    }))
}

/** @param {Ctx} ctx @param {string} text */
function copy(ctx, text) {
  return ctx.attempt(async () => {
    await copyText(text)
    ctx.toast({ tone: 'ok', message: 'Copied.', seconds: 2, key: 'copied' })
  }, 'The browser did not allow copying')
}

/** @param {Ctx} ctx @param {Posted} message */
async function remove(ctx, message) {
  const yes = await ctx.confirm({ title: 'Delete this message?', message: 'Its text is taken out for everyone. This cannot be undone.', confirm: 'Delete message', danger: true })
  if (yes) await ctx.attempt(() => ctx.api.deleteMessage({ message_id: message.id }), 'Not deleted')
}

/** @returns {(props: MessageProps) => Child} */
function Edit() {
  return ({ ctx, message, edit }) => h(Form, {
    class: 'edit', action: 'Save',
    beside: h('button', { type: 'button', class: 'button', onclick: () => edit(null) }, 'Cancel'),
    submit: async (/** @type {Record<string, string>} */ values) => {
      if (values.content !== message.content) await ctx.api.editMessage({ message_id: message.id, content: values.content })
      edit(null)
    },
    fields: (/** @type {Record<string, string>} */ errors) => h('div', { class: 'field' },
      h('label', { class: 'visually-hidden', for: `edit-${message.id}` }, 'Text of the message'),
      h('textarea', {
        id: `edit-${message.id}`, name: 'content', class: 'input', rows: Math.min(12, message.content.split('\n').length + 1), 'aria-invalid': errors.content ? 'true' : undefined,
        ref: (/** @type {HTMLTextAreaElement} */ node) => { node.value = message.content; node.focus(); node.setSelectionRange(node.value.length, node.value.length) },
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          const { form } = /** @type {HTMLTextAreaElement} */ (event.currentTarget)
          if (event.key === 'Escape') edit(null)
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          form?.requestSubmit()
        },
      }), errors.content && h('p', { class: 'field-error' }, errors.content)),
  })
}

/** An answer that is being made. @param {Self} self @returns {(props: Common & { answer: import('./bot-frame.js').BotView['answers'][string] }) => Child} */
export function Answer(self) {
  let stopping = false
  return ({ ctx, answer }) => {
    const name = ctx.bot.state.bot?.name ?? ''
    const queued = answer.status === 'queued'
    const state = queued ? (answer.position > 0 ? `Waiting: ${answer.position} before it` : 'Waiting for its turn') : answer.content ? 'Writing' : 'Reading the documents'
    const stop = async () => {
      stopping = true
      self.update()
      await ctx.attempt(() => ctx.api.cancelAnswer({ message_id: answer.message_id }), 'Not stopped')
      stopping = false
    }
    const may = mayAnswer({ ctx, message: { session_id: answer.session_id, metadata: { question_id: answer.question_id } } })
    return h('li', { class: 'message message-bot message-streaming', 'data-message': answer.message_id },
      h('div', { class: 'message-side' }, Avatar({ id: ctx.bot.id, name, kind: 'bot' })),
      h('div', { class: 'message-main' },
        h('div', { class: 'message-head' }, author({ username: name }, true), h('span', { class: 'tiny session-busy' }, h('span', { class: 'dots' }, h('i', null), h('i', null), h('i', null)), ' ', state)),
        answer.content && h(Content, { id: answer.message_id, content: answer.content, streaming: true }),
        may && h('div', { class: 'answer-tools' }, h('button', { type: 'button', class: 'button small', 'aria-disabled': stopping, onclick: stop }, icon('stop'), 'Stop'))))
  }
}

/** @returns {(props: { ctx: Ctx, sent: import('./bot-frame.js').BotView['waiting'][string][number] }) => Child} */
export function Waiting() {
  return ({ ctx, sent }) => {
    const failed = sent.status === 'failed'
    const offline = ctx.colloquy.state !== 'open'
    return h('li', { class: `message message-waiting ${failed ? 'message-failed' : ''}` },
      h('div', { class: 'message-side' }, Avatar({ id: who.user?.id ?? '', name: who.user?.username ?? '' })),
      h('div', { class: 'message-main' },
        h('div', { class: 'message-head' }, h('span', { class: 'strong' }, who.user?.username), h('span', { class: 'tiny faint' }, failed ? 'Not sent' : offline ? 'Waiting for the connection' : 'Sending …')),
        h('div', { class: 'prose' }, h('div', { class: 'plain' }, sent.content)),
        failed && h('p', { class: 'ending ending-error small', role: 'alert' }, icon('alert'), describe(sent.error),
          h('button', { type: 'button', class: 'button small', onclick: () => sent.retry() }, icon('retry'), 'Send again'),
          h('button', { type: 'button', class: 'button small', onclick: () => sent.discard() }, 'Discard'))))
  }
}

