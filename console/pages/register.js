// Register. The first account of an installation administers it; from elsewhere than the server itself it needs the set-up code.

import { h } from '../lib/dom.js'
import { Form, field } from '../lib/forms.js'
import { logo } from '../lib/icons.js'
import { register } from '../lib/session.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  ctx.title('Register')
  let withCode = false
  const next = ctx.query.get('next')
  const then = next ? `?next=${encodeURIComponent(next)}` : ''
  const showCode = () => {
    withCode = true
    ctx.update()
  }
  /** @param {any} error */
  const explain = (error) => {
    if (error?.status === 403 && /setup|set-up/.test(`${error.code} ${error.detail}`)) {
      showCode()
      return {
        message: 'This server has no account yet. Enter the set-up code that it printed when it started; your account will administer it.',
      }
    }
    if (error?.status === 403) return { message: 'Registration is closed here. Ask an administrator for an account.' }
    if (error?.status === 409) return { field: 'username', message: 'This name or e-mail is taken.' }
    return undefined
  }
  return () => h('div', { class: 'gate' }, h('div', { class: 'gate-box' },
    h('div', { class: 'wordmark' }, logo(), h('span', null, 'Colloquy')),
    h('div', { class: 'card stack-l' },
      h('div', { class: 'stack-s' }, h('h1', null, 'Register'), h('p', { class: 'muted' }, 'The first account on a new server administers it.')),
      h(Form, {
        action: 'Create account',
        explain,
        submit: (/** @type {Record<string, string>} */ values) => register({
          username: values.username.trim(), password: values.password,
          email: values.email.trim() || undefined, setup_code: values.setup_code?.trim() || undefined,
        }),
        fields: (/** @type {Record<string, string>} */ errors) => [
          field({
            name: 'username', label: 'User name', error: errors.username, hint: '3 to 32 letters, digits, dots, dashes or underscores.',
            input: { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, 'data-focus': true },
          }),
          field({ name: 'email', label: 'E-mail', type: 'email', optional: true, error: errors.email, input: { autocomplete: 'email' } }),
          field({
            name: 'password', label: 'Password', type: 'password', error: errors.password, hint: 'At least 8 characters.',
            input: { autocomplete: 'new-password', required: true },
          }),
          withCode ? field({
            name: 'setup_code', label: 'Set-up code', error: errors.setup_code, hint: 'Printed by the server at its start.',
            input: { autocomplete: 'off', spellcheck: 'false' },
          }) : h('p', { class: 'small' }, h('button', { type: 'button', class: 'link-button', onclick: showCode }, 'I have a set-up code')),
        ],
      })),
    h('p', { class: 'muted' }, 'You have an account? ', h('a', { href: ctx.href(`/sign-in${then}`) }, 'Sign in'), '.')))
}
