// One's own account: e-mail, password, theme, shortcuts, the way out for good.

import { h } from '../lib/dom.js'
import { dateOnly } from '../lib/format.js'
import { Form, field } from '../lib/forms.js'
import { session, signOut } from '../lib/session.js'
import { currentTheme, setTheme } from '../lib/theme.js'
import { Avatar } from '../parts/avatar.js'
import { Segments } from '../parts/button.js'
import { lettersOn, setLetters } from '../parts/shortcuts.js'

/** @typedef {import('../parts/page.js').Ctx} Ctx */
/** @typedef {Record<string, string>} Values */

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  ctx.title('Account')
  return () => {
    const { user } = session
    if (!user) return null
    return h('div', { class: 'page page-narrow' },
      h('div', { class: 'page-head' }, Avatar({ id: user.id, name: user.username, size: 'l' }), h('h1', null, user.username),
        h('p', null, `${session.admin ? 'Administrator' : 'Member'} since ${dateOnly(user.created_at)}`)),
      h('section', { class: 'card section' }, h('h2', null, 'Look'), look(ctx)),
      h('section', { class: 'card section' }, h('h2', null, 'Keyboard'), letters()),
      h('section', { class: 'card section' }, h('h2', null, 'E-mail'), h(Form, {
        action: 'Save e-mail',
        submit: async (/** @type {Values} */ values) => {
          session.user = await ctx.api.changeMe({ email: values.email.trim() || null })
          ctx.toast({ tone: 'ok', message: 'Saved.' })
          ctx.update()
        },
        fields: (/** @type {Values} */ errors) => field({
          name: 'email', label: 'E-mail', type: 'email', optional: true, value: user.email ?? '', error: errors.email,
          hint: 'You can sign in with it as well.', input: { autocomplete: 'email' },
        }),
      })),
      h('section', { class: 'card section' }, h('h2', null, 'Password'), h(Form, { ...password(ctx) })),
      h('section', { class: 'card section' }, h('h2', null, 'Delete account'),
        h('p', { class: 'muted' }, 'Your account and your private conversations go. What you wrote in shared ones stays. '
          + 'Bots that you alone own must be handed over or deleted first.'),
        h('div', null, h('button', { type: 'button', class: 'button danger-quiet', onclick: () => removal(ctx) }, 'Delete my account'))))
  }
}

/** @param {Ctx} ctx */
function look(ctx) {
  return Segments('Theme', currentTheme(), /** @type {const} */ ([['auto', 'As the system'], ['light', 'Light'], ['dark', 'Dark']]), (theme) => {
    setTheme(theme)
    ctx.update()
  })
}

function letters() {
  return field({
    name: 'letters', label: 'Shortcuts of one letter', type: 'switch', checked: lettersOn(), hint: 'Like N for a new conversation. Turn them off if keys are pressed by mistake, as when one dictates.',
    input: { onchange: (/** @type {any} */ event) => setLetters(event.currentTarget.checked) },
  })
}

/** @param {Ctx} ctx */
function password(ctx) {
  return {
    action: 'Change password',
    submit: async (/** @type {Values} */ values, /** @type {HTMLFormElement} */ form) => {
      await ctx.api.setPassword({ current_password: values.current_password, new_password: values.new_password })
      form.reset()
      ctx.toast({ tone: 'ok', message: 'The password is changed. All your other sessions were signed out.' })
    },
    fields: (/** @type {Values} */ errors) => [
      // For password managers: whose password it is.
      h('input', { key: 'name', type: 'text', name: 'username', value: session.user?.username, autocomplete: 'username', hidden: true, readOnly: true }),
      field({
        name: 'current_password', label: 'Current password', type: 'password', error: errors.current_password, input: { autocomplete: 'current-password' },
      }),
      field({
        name: 'new_password', label: 'New password', type: 'password', error: errors.new_password,
        hint: 'At least 8 characters. All other sessions of yours end.', input: { autocomplete: 'new-password' },
      }),
    ],
    explain: (/** @type {any} */ error) => (
      error?.status === 403 ? { field: 'current_password', message: 'This is not your current password.' } : undefined),
  }
}

/** @param {Ctx} ctx */
function removal(ctx) {
  return ctx.openDialog({
    title: 'Delete your account?', description: 'This cannot be undone.', size: 'small',
    view: (close) => h('div', { class: 'dialog-body' }, h(Form, {
      action: 'Delete my account', danger: true,
      beside: h('button', { type: 'button', class: 'button', onclick: () => close(undefined) }, 'Cancel'),
      fields: (/** @type {Values} */ errors) => field({
        name: 'password', label: 'Your password', type: 'password', error: errors.password, input: { autocomplete: 'current-password' },
      }),
      submit: async (/** @type {Values} */ values) => {
        await ctx.api.deleteMe({ password: values.password })
        // Whatever becomes of the log-in, which went with the account.
        signOut({ reason: 'Your account is deleted.' }).catch(() => {})
      },
    })),
  })
}
