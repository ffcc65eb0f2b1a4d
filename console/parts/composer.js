// Where one writes: Enter sends, Shift+Enter breaks the line, @ offers people and the bot. The draft stays with the
// conversation; what is sent goes through the client's outbox, so that it waits while there is no connection.

import { h } from '../lib/dom.js'
import { draft, keepDraft } from '../lib/drafts.js'
import { session as who } from '../lib/session.js'
import { isComposing, mentionAt } from '../lib/text.js'
import { Avatar } from './avatar.js'
import { IconButton } from './button.js'
import { addShortcuts } from './shortcuts.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {{ ctx: Ctx, session: import('./thread.js').Session, sent: () => void, editLast: () => void }} ComposerProps */
/** @typedef {{ id: string, name: string, kind: 'person' | 'bot', hint: string }} Candidate */

/** The server's bound for one message, in bytes. */
const MOST_BYTES = 64 * 1024
const OFFERED = 8

/** @param {Self} self @param {ComposerProps} first @returns {(props: ComposerProps) => Child} */
export function Composer(self, { ctx, session: { id } }) {
  const listId = `mentions-${id}`
  /** @type {HTMLTextAreaElement | null} */
  let box = null
  let text = draft(id)
  /** Null: as the conversation has it. @type {boolean | null} */
  let asks = null
  /** @type {{ from: number, found: Candidate[], at: number } | null} */
  let offer = null
  let props = /** @type {ComposerProps} */ (/** @type {unknown} */ (null))
  const { watch } = ctx.bot

  const fit = () => {
    if (!box) return
    box.style.height = 'auto'
    box.style.height = `${Math.min(box.scrollHeight + 2, innerHeight * 0.4)}px`
  }
  const typed = () => {
    if (!box) return
    text = box.value
    keepDraft(id, text)
    watch.typing(id, text.trim() !== '')
    offer = offered(ctx, props.session, box)
    fit()
    self.update()
  }
  const send = () => {
    const content = text.trim()
    if (!content || tooLong(content)) return
    const reply = asks === null || asks === props.session.auto_reply ? undefined : asks
    try {
      ctx.colloquy.send(id, content, { reply, bot_id: ctx.bot.id })
    } catch (error) {
      // Too many wait already: the text stays where it is.
      return ctx.toastError(error, 'Not sent')
    }
    watch.typing(id, false)
    text = ''
    offer = null
    keepDraft(id, '')
    if (box) box.value = ''
    fit()
    props.sent()
    box?.focus()
    self.update()
  }
  /** @param {Candidate} chosen */
  const take = (chosen) => {
    if (!box || !offer) return
    box.setRangeText(`@${chosen.name} `, offer.from, box.selectionStart, 'end')
    offer = null
    box.focus()
    typed()
  }
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (isComposing(event)) return
    if (offer && offerKey(event, offer, take, () => { offer = null })) {
      event.preventDefault()
      return self.update()
    }
    if (event.key === 'Enter' && !event.shiftKey && !coarse()) {
      event.preventDefault()
      send()
    } else if (event.key === 'ArrowUp' && text === '') {
      event.preventDefault()
      props.editLast()
    }
  }
  const begin = (/** @type {HTMLTextAreaElement} */ node) => {
    box = node
    box.value = text
    fit()
    // Who comes to see a message has it in focus.
    if (!coarse() && !ctx.query.has('message')) box.focus({ preventScroll: true })
  }
  const ask = (/** @type {any} */ event) => {
    asks = event.currentTarget.checked
    self.update()
  }
  self.dispose(addShortcuts([{ keys: 'r', label: 'Write in this conversation', run: () => box?.focus() }]))
  self.dispose(() => watch.typing(id, false))

  return (next) => {
    props = next
    const auto = asks ?? next.session.auto_reply
    const name = ctx.bot.state.bot?.name
    const long = tooLong(text)
    return h('div', { class: 'composer' },
      offer && mentions(listId, offer, take),
      h('form', { class: 'composer-box', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); send() } },
        h('label', { class: 'visually-hidden', for: `composer-${id}` }, `Message to ${next.session.title || 'this conversation'}`),
        h('textarea', {
          id: `composer-${id}`, rows: '1', dir: 'auto', enterkeyhint: 'send', autocapitalize: 'sentences', 'data-focus': coarse() ? undefined : true,
          placeholder: auto ? `Ask ${name}, or write to the others` : 'Write to the others, @bot asks the bot',
          'aria-autocomplete': 'list', 'aria-haspopup': 'listbox', 'aria-controls': offer ? listId : undefined,
          'aria-activedescendant': offer ? `${listId}-${offer.at}` : undefined,
          'aria-describedby': long ? `composer-${id}-long` : undefined, 'aria-invalid': long ? 'true' : undefined,
          oninput: typed, onkeydown: key, onblur: () => { offer = null; self.update() },
          ref: begin,
        }),
        h('div', { class: 'composer-tools' },
          h('label', { class: 'composer-asks small', title: 'Whether the bot answers what you send' },
            h('input', { type: 'checkbox', role: 'switch', class: 'switch', checked: auto, onchange: ask }), h('span', { class: 'truncate' }, `${name} answers`)),
          long && h('span', { class: 'field-error', id: `composer-${id}-long`, role: 'alert' },
            'This is longer than 64 KiB. Send it in parts, or as a document.'),
          h('span', { class: 'tiny faint end nowrap not-phone', 'aria-hidden': 'true' }, 'Shift + Enter breaks the line'),
          IconButton('send', 'Send', () => {}, { type: 'submit', kind: 'primary', disabled: !text.trim() || long }))))
  }
}

/** On a touch keyboard Enter breaks the line and the button sends. */
const coarse = () => matchMedia('(pointer: coarse)').matches

/** @param {string} text */
const tooLong = (text) => text.length > MOST_BYTES / 4 && new TextEncoder().encode(text).length > MOST_BYTES

/** Whom the word before the caret may mean. @param {Ctx} ctx @param {ComposerProps['session']} session @param {HTMLTextAreaElement} box */
function offered(ctx, session, box) {
  const before = box.value.slice(0, box.selectionStart)
  const mention = mentionAt(before)
  if (!mention || box.selectionStart !== box.selectionEnd) return null
  const wanted = mention.word.toLowerCase()
  const { state } = ctx.bot
  const bot = state.bot?.name ?? 'bot'
  /** @type {Candidate[]} */
  const all = [{ id: ctx.bot.id, name: 'bot', kind: 'bot', hint: bot }]
  if (session.visibility === 'shared') {
    const online = new Set(state.online.map((p) => p.user_id))
    const others = state.members.filter((m) => m.user_id !== who.user?.id)
    for (const m of others) all.push({ id: m.user_id, name: m.username, kind: 'person', hint: online.has(m.user_id) ? 'here now' : '' })
  }
  const begins = (/** @type {string} */ text) => text.toLowerCase().startsWith(wanted)
  const found = all.filter((c) => begins(c.name) || (c.kind === 'bot' && begins(c.hint))).slice(0, OFFERED)
  return found.length ? { from: mention.from, found, at: 0 } : null
}

/**
 * @param {KeyboardEvent} event @param {{ found: Candidate[], at: number }} offer
 * @param {(chosen: Candidate) => void} take @param {() => void} close
 */
function offerKey(event, offer, take, close) {
  const { found } = offer
  if (event.key === 'ArrowDown') offer.at = (offer.at + 1) % found.length
  else if (event.key === 'ArrowUp') offer.at = (offer.at + found.length - 1) % found.length
  else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') take(found[offer.at])
  else if (event.key === 'Escape') close()
  else return false
  return true
}

/** @param {string} listId @param {{ found: Candidate[], at: number }} offer @param {(chosen: Candidate) => void} take */
function mentions(listId, offer, take) {
  return h('ul', { class: 'mentions', id: listId, role: 'listbox', 'aria-label': 'People and the bot' }, offer.found.map((c, i) => h('li', {
    key: c.id, id: `${listId}-${i}`, role: 'option', 'aria-selected': i === offer.at, class: 'mention-option',
    // Before the field loses the focus.
    onmousedown: (/** @type {Event} */ event) => { event.preventDefault(); take(c) },
  },
  Avatar({ id: c.id, name: c.kind === 'bot' ? c.hint : c.name, kind: c.kind, size: 's' }),
  h('span', { class: 'strong' }, `@${c.name}`), h('span', { class: 'faint truncate' }, c.hint))))
}
