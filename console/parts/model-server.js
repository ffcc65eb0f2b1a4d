// The model server of a bot's own: kind, address, key. The key is written, never shown again. For owners alone.

import { focusNext, h } from '../lib/dom.js'
import { timeAgo } from '../lib/format.js'
import { Form, field } from '../lib/forms.js'
import { icon } from '../lib/icons.js'
import { LoadError, Skeleton } from './states.js'

/** @typedef {import('../colloquy/schema.js').ProviderView} Provider */

const KINDS = [
  { value: 'openai', label: 'OpenAI, or a server that speaks like it', address: 'https://api.openai.com/v1' },
  { value: 'anthropic', label: 'Anthropic', address: 'https://api.anthropic.com/v1' },
  { value: 'ollama', label: 'Ollama', address: 'http://localhost:11434' },
]

/** @param {import('../lib/dom.js').Self} self @param {{ ctx: import('./page.js').Ctx }} first @returns {() => import('../lib/dom.js').Child} */
export function ModelServer(self, { ctx }) {
  const bot_id = ctx.bot.id
  /** Undefined: not known yet; null: none. @type {Provider | null | undefined} */
  let provider
  /** @type {unknown} */
  let failure
  let kind = 'openai'
  let address = ''
  let round = 0
  const take = (/** @type {Provider | null} */ found) => {
    provider = found
    kind = found?.kind ?? 'openai'
    address = found?.base_url ?? ''
    round += 1
  }
  const load = async () => {
    failure = undefined
    try {
      take(await ctx.api.getProvider({ bot_id }))
    } catch (/** @type {any} */ error) {
      if (error?.code === 'provider_not_found') take(null)
      else failure = error
    }
    self.update()
  }
  // Another owner may change it while one looks.
  self.dispose(ctx.bot.channel.on('bot_update', (/** @type {any} */ { data }) => { if (data.details?.changed?.includes('provider') && data.updated_by !== ctx.session.user?.id) load() }))
  const save = async (/** @type {Record<string, string>} */ values) => {
    const given = values.api_key ? { api_key: values.api_key } : values.forget ? { api_key: null } : {}
    take(await ctx.api.setProvider({ bot_id, kind: values.kind, base_url: values.base_url.trim(), ...given }))
    focusNext('.model-server [name=kind]')
    ctx.toast({ tone: 'ok', message: 'Saved. The next answer asks this server.' })
    self.update()
  }
  const remove = async () => {
    const yes = await ctx.confirm({ title: 'Go back to the common model server?', message: 'Address and key are deleted here. The bot then asks what this installation offers to all bots.', confirm: 'Go back', danger: true })
    if (!yes || await ctx.attempt(async () => { await ctx.api.removeProvider({ bot_id }); return true }) !== true) return
    take(null)
    focusNext('.model-server [name=kind]')
    self.update()
  }
  load()
  return () => {
    if (failure) return LoadError({ error: failure, again: load })
    if (provider === undefined) return Skeleton(3)
    const example = KINDS.find((k) => k.value === kind)?.address
    const moved = provider?.has_key && (kind !== provider.kind || address.trim() !== provider.base_url)
    return h('div', { class: 'stack model-server' },
      provider ? h('p', { class: 'muted' }, 'This bot asks a model server of its own, changed ', timeAgo(provider.updated_at), '.')
        : h('p', { class: 'muted' }, 'This bot asks the model server of this installation. Give it another one here if it should use a model, an account or a machine of your own.'),
      h(Form, {
        explain: refusedAddress,
        key: round, action: provider ? 'Save' : 'Use this server', submit: save,
        beside: provider && h('button', { type: 'button', class: 'button danger-quiet', onclick: remove }, 'Go back to the common one'),
        fields: (/** @type {Record<string, string>} */ errors) => [
          field({ name: 'kind', label: 'Kind', type: 'select', options: KINDS, value: kind, error: errors.kind, input: { onchange: (/** @type {any} */ e) => { kind = e.currentTarget.value; self.update() } } }),
          field({ name: 'base_url', label: 'Address', type: 'url', value: address, error: errors.base_url, hint: `For instance ${example}`, input: { required: true, maxlength: 2000, autocomplete: 'off', spellcheck: 'false', inputmode: 'url', oninput: (/** @type {any} */ e) => { address = e.currentTarget.value; self.update() } } }),
          field({ name: 'api_key', label: 'Key', type: 'password', optional: true, error: errors.api_key, hint: keyHint(provider, moved), input: { maxlength: 1000, autocomplete: 'new-password', placeholder: provider?.has_key && !moved ? '••••••••••••' : '' } }),
          provider?.has_key && !moved && field({ name: 'forget', label: 'Forget the stored key', type: 'switch', hint: 'For servers that need none.' }),
        ],
      }),
      h('p', { class: 'note small' }, icon('lock'), 'The key is kept encrypted. It is sent to that server alone, and nobody can read it here again, you neither.'))
  }
}

/** @param {any} error */
function refusedAddress(error) {
  const about = error?.errors?.find((/** @type {{ field: string }} */ e) => e.field === 'base_url')
  return about && { field: 'base_url', message: `This ${about.message}.` }
}

/** @param {Provider | null | undefined} provider @param {boolean | undefined} moved */
function keyHint(provider, moved) {
  if (moved) return 'Another kind or address: the stored key does not go along. Type the one for this server.'
  return provider?.has_key ? 'One is stored. Leave this empty to keep it.' : 'If the server needs one.'
}
