// The dialogs that make, rename and delete a conversation.

import { h } from '../lib/dom.js'
import { plural } from '../lib/format.js'
import { Form, field } from '../lib/forms.js'
import { place } from '../lib/router.js'
import { Button } from './button.js'
import { titleOf } from './session-list.js'

/** @typedef {import('./page.js').Ctx} Ctx */
/** @typedef {import('./bot-frame.js').BotView['sessions'][number]} Session */
/** @typedef {Record<string, string>} Values */

/** @param {string} value @param {string} label @param {string} hint @param {boolean} checked */
function choice(value, label, hint, checked) {
  const begin = (/** @type {HTMLInputElement} */ node) => { node.checked = checked }
  return h('label', { class: 'choice' }, h('input', { type: 'radio', name: 'visibility', value, ref: begin }),
    h('span', null, h('span', { class: 'strong' }, label), h('span', { class: 'hint' }, hint)))
}

/** @param {Ctx} ctx @param {Values} errors */
function fieldsOfNew(ctx, errors) {
  const { bot, members } = ctx.bot.state
  const readers = `${plural(members.length, 'person', 'people')} at the moment, and whoever is added later`
  return [
    field({
      name: 'title', label: 'Title', error: errors.title, optional: true,
      input: { maxlength: 200, autocomplete: 'off', placeholder: 'What is it about?' },
    }),
    h('fieldset', { class: 'field' }, h('legend', null, 'Who can read it'), h('div', { class: 'choices' },
      choice('shared', 'Everyone with access', readers, true),
      choice('private', 'Only me', 'Not even the owners of the bot. This cannot be changed later.', false))),
    field({
      name: 'auto_reply', label: `${bot?.name} answers every message`, type: 'switch', checked: true,
      hint: 'Otherwise only when it is asked, with @bot.',
    }),
  ]
}

/** @param {Ctx} ctx */
export async function newConversation(ctx) {
  const bot_id = ctx.bot.id
  const made = await ctx.openDialog({
    title: 'New conversation',
    view: (close) => h('div', { class: 'dialog-body' }, h(Form, {
      action: 'Begin', beside: Button('Cancel', () => close(undefined)),
      fields: (/** @type {Values} */ errors) => fieldsOfNew(ctx, errors),
      submit: async (/** @type {Values} */ { title, visibility, auto_reply }) => close(await ctx.api.createSession({
        bot_id, title: title.trim() || undefined, visibility: visibility === 'private' ? 'private' : 'shared', auto_reply: auto_reply === 'on',
      })),
    })),
  })
  if (made) ctx.go(`/bots/${bot_id}/conversations/${made.id}`)
}

/** @param {Ctx} ctx @param {Session} session */
export function renameConversation(ctx, session) {
  return ctx.openDialog({
    title: 'Rename conversation', size: 'small',
    view: (close) => h('div', { class: 'dialog-body' }, h(Form, {
      action: 'Rename', beside: Button('Cancel', () => close(undefined)),
      fields: (/** @type {Values} */ errors) => field({
        name: 'title', label: 'Title', error: errors.title, value: session.title, input: { maxlength: 200, autocomplete: 'off' },
      }),
      submit: async (/** @type {Values} */ { title }) => close(await ctx.api.changeSession({ session_id: session.id, title: title.trim() })),
    })),
  })
}

/** @param {Ctx} ctx @param {Session} session */
export async function deleteConversation(ctx, session) {
  const forAll = session.visibility === 'shared' ? ' for everyone' : ''
  const yes = await ctx.confirm({
    title: 'Delete this conversation?', danger: true, confirm: 'Delete conversation',
    message: `“${titleOf(session)}” with ${plural(session.message_count, 'message')} is deleted${forAll}. This cannot be undone.`,
  })
  if (!yes) return
  await ctx.attempt(async () => {
    await ctx.api.deleteSession({ session_id: session.id })
    // Whoever went on meanwhile stays there.
    if (place()?.params.session_id === session.id) ctx.go(`/bots/${ctx.bot.id}`, { replace: true })
    ctx.toast({ tone: 'ok', message: 'The conversation is deleted.' })
  }, 'Not deleted')
}
