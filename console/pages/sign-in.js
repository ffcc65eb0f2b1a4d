// Sign in, with user name or e-mail.

import { h } from '../lib/dom.js'
import { Form, field } from '../lib/forms.js'
import { icon, logo } from '../lib/icons.js'
import { session, signIn } from '../lib/session.js'

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  ctx.title('Sign in')
  const next = ctx.query.get('next')
  const then = next ? `?next=${encodeURIComponent(next)}` : ''
  return () => h('div', { class: 'gate' }, h('div', { class: 'gate-box' },
    h('div', { class: 'wordmark' }, logo(), h('span', null, 'Colloquy')),
    h('div', { class: 'card stack-l' },
      h('div', { class: 'stack-s' }, h('h1', null, 'Sign in'), h('p', { class: 'muted' }, 'Talk to bots together with your team.')),
      session.reason && h('div', { class: 'note', role: 'status' }, icon('info'), h('p', null, session.reason)),
      h(Form, {
        action: 'Sign in',
        submit: (/** @type {Record<string, string>} */ values) => signIn({ username: values.username.trim(), password: values.password }),
        explain: (/** @type {any} */ error) => (error?.status === 401 ? { message: 'User name or password is wrong.' } : undefined),
        fields: (/** @type {Record<string, string>} */ errors) => [
          field({
            name: 'username', label: 'User name or e-mail', error: errors.username,
            input: { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true, 'data-focus': true },
          }),
          field({
            name: 'password', label: 'Password', type: 'password', error: errors.password,
            input: { autocomplete: 'current-password', required: true },
          }),
        ],
      })),
    h('p', { class: 'muted' }, 'No account yet? ', h('a', { href: ctx.href(`/register${then}`) }, 'Register'),
      '. The first one on a new server administers it.')))
}
