// What is on its way into a conversation: an answer that is being made, and own messages that have not arrived yet.

import { Content } from '../lib/content.js'
import { focusNext, h } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { describe } from '../lib/overlays.js'
import { session as who } from '../lib/session.js'
import { Avatar } from './avatar.js'
import { Button } from './button.js'
import { author } from './message.js'
import { mayAnswer } from './message-tools.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {import('./bot-frame.js').BotView} BotView */
/** @typedef {BotView['answers'][string]} AnswerView */

export const Dots = () => h('span', { class: 'dots' }, h('i', null), h('i', null), h('i', null))

/** @param {AnswerView} answer */
function stateOf({ status, position, content }) {
  if (status === 'queued') return position > 0 ? `Waiting: ${position} before it` : 'Waiting for its turn'
  return content ? 'Writing' : 'Reading the documents'
}

/** An answer that is being made. @param {Self} self @returns {(props: { ctx: Ctx, answer: AnswerView }) => Child} */
export function Answer(self) {
  let stopping = false
  const stop = async (/** @type {Ctx} */ ctx, /** @type {string} */ message_id) => {
    stopping = true
    self.update()
    await ctx.attempt(() => ctx.api.cancelAnswer({ message_id }), 'Not stopped')
    stopping = false
  }
  return ({ ctx, answer }) => {
    const { message_id, session_id, question_id, content } = answer
    const name = ctx.bot.state.bot?.name ?? ''
    return h('li', { class: 'message message-bot message-streaming', 'data-message': message_id },
      h('div', { class: 'message-side' }, Avatar({ id: ctx.bot.id, name, kind: 'bot' })),
      h('div', { class: 'message-main' },
        h('div', { class: 'message-head' }, author(name, true), h('span', { class: 'tiny session-busy' }, Dots(), ' ', stateOf(answer))),
        content && h(Content, { id: message_id, content, streaming: true }),
        mayAnswer(ctx, session_id, question_id) && h('div', { class: 'answer-tools' },
          Button('Stop', () => stop(ctx, message_id), { icon: 'stop', kind: 'small', 'aria-disabled': stopping }))))
  }
}

/** @param {any} error */
const reasonOf = (error) => (error?.code === 'session_closed' ? 'This conversation was closed meanwhile.' : describe(error))

/** The newest message, where the Tab key enters the list. */
const focusThread = () => focusNext(document.querySelector('.message[tabindex="0"]') ? '.message[tabindex="0"]' : '.thread-head h2', { always: true })

/** @returns {(props: { ctx: Ctx, sent: BotView['waiting'][string][number] }) => Child} */
export function Waiting() {
  return ({ ctx, sent }) => {
    const failed = sent.status === 'failed'
    const state = failed ? 'Not sent' : ctx.colloquy.state === 'open' ? 'Sending …' : 'Waiting for the connection'
    const name = who.user?.username ?? ''
    return h('li', { class: `message message-waiting ${failed ? 'message-failed' : ''}` },
      h('div', { class: 'message-side' }, Avatar({ id: who.user?.id ?? '', name })),
      h('div', { class: 'message-main' },
        h('div', { class: 'message-head' }, author(name, false), h('span', { class: 'tiny faint' }, state)),
        h('div', { class: 'prose' }, h('div', { class: 'plain' }, sent.content)),
        failed && h('p', { class: 'ending ending-error small', role: 'alert' }, icon('alert'), reasonOf(sent.error),
          Button('Send again', () => { sent.retry(); focusThread() }, { icon: 'retry', kind: 'small' }),
          Button('Discard', () => { sent.discard(); focusThread() }, { kind: 'small' }))))
  }
}
