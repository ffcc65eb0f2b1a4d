// One posted message. What is not posted yet is in answer.js, what can be done with one in message-tools.js.

import { Content } from '../lib/content.js'
import { h } from '../lib/dom.js'
import { dateTime, timeOfDay } from '../lib/format.js'
import { icon } from '../lib/icons.js'
import { session as who } from '../lib/session.js'
import { Avatar, Avatars } from './avatar.js'
import { Button } from './button.js'
import { EditMessage, MessageTools, answerAgain, mayAnswer } from './message-tools.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {import('./thread-rows.js').Posted} Posted */
/** @typedef {(cited: import('./passage.js').Cited) => void} Cite */
/**
 * @typedef {object} MessageProps
 * @property {Ctx} ctx
 * @property {import('./thread.js').Session} session
 * @property {Posted} message
 * @property {boolean} grouped  stands under the name of the one before
 * @property {boolean} last  the newest: where the Tab key enters the list
 * @property {boolean} editing
 * @property {{ user_id: string, username: string }[]} readers  who has read up to it
 * @property {Cite} cite
 * @property {(id: string | null) => void} edit
 */

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
    const here = /** @type {Element} */ (event.currentTarget)
    if (event.relatedTarget instanceof Node && here.contains(event.relatedTarget)) return
    inside = false
    self.update()
  }
  return (props) => {
    const { ctx, message, grouped, last, editing, readers } = props
    const isBot = message.role === 'assistant'
    const name = `message ${isBot ? 'message-bot' : ''} ${grouped ? 'message-grouped' : ''}`
    return h('li', { class: name, 'data-message': message.id, tabindex: last ? '0' : '-1', onfocusin: enter, onfocusout: leave },
      h('div', { class: 'message-side' },
        grouped ? time(message, 'message-time')
          : Avatar({ id: message.user_id ?? ctx.bot.id, name: message.username, kind: isBot ? 'bot' : 'person' })),
      h('div', { class: 'message-main' },
        h('div', { class: grouped ? 'visually-hidden' : 'message-head' }, author(message.username, isBot), time(message, 'tiny faint'),
          message.metadata?.regenerates && h('span', { class: 'tiny faint' }, 'answered again')),
        editing ? h(EditMessage, props) : text(props),
        ending(props),
        sources(message.metadata?.citations ?? [], props.cite)),
      !editing && MessageTools(props, inside),
      readers.length > 0 && h('div', { class: 'readers' },
        Avatars({ people: readers, size: 'xs', most: 6, sentence: (names) => `Read up to here: ${names}` })))
  }
}

/** @param {Posted} message @param {string} name */
const time = ({ timestamp }, name) => h('time', { class: name, datetime: timestamp, title: dateTime(timestamp) }, timeOfDay(timestamp))

/** @param {string} name @param {boolean} isBot */
export const author = (name, isBot) => [h('span', { class: 'strong', dir: 'auto' }, name), isBot && h('span', { class: 'badge badge-accent' }, 'Bot')]

/** @param {MessageProps} props */
function text({ ctx, message, cite }) {
  const { members, bot } = ctx.bot.state
  const citations = message.metadata?.citations ?? []
  return [
    message.content && h(Content, {
      id: message.id, content: message.content, citations,
      names: [...members.map((m) => m.username), bot?.name ?? 'bot', 'bot'], me: who.user?.username,
      cite: (/** @type {number} */ n) => cite({ ...citations[n - 1], n }),
    }),
    message.edited_at && h('span', { class: 'tiny faint', title: dateTime(message.edited_at) }, 'edited'),
  ]
}

/** @param {MessageProps} props */
function ending(props) {
  const { status, error } = props.message.metadata ?? {}
  const how = ENDINGS[/** @type {keyof typeof ENDINGS} */ (status)]
  if (!how) return null
  // The reason comes as a short phrase without a full stop.
  const reason = error?.message ? ` ${error.message[0].toUpperCase()}${error.message.slice(1)}.` : ''
  return h('p', { class: `ending ending-${how.tone} small` }, icon('alert'), how.text + reason,
    mayAnswer(props.ctx, props.message.session_id, props.message.metadata?.question_id)
      && Button('Ask again', () => answerAgain(props), { icon: 'retry', kind: 'small' }))
}

/** @param {any[]} citations @param {Cite} cite */
function sources(citations, cite) {
  if (citations.length === 0) return null
  return h('ul', { class: 'sources', 'aria-label': 'Sources' }, citations.map((c, i) => h('li', { key: i },
    h('button', { type: 'button', class: 'source', onclick: () => cite({ ...c, n: i + 1 }) },
      h('span', { class: 'cite', 'aria-hidden': 'true' }, String(i + 1)),
      h('span', { class: 'truncate' }, c.filename),
      c.page ? h('span', { class: 'faint nowrap' }, `p. ${c.page}`) : null))))
}
