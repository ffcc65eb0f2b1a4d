// What is being edited of a bot: the version it is based on, the draft, and what others saved meanwhile. Outlives a look at
// another part of the settings; ends with the page.

import { FIELDS, bodyOf, changedFields, draftOf, labelOf } from '../lib/config.js'
import { focusNext } from '../lib/dom.js'
import { list } from '../lib/format.js'
import { settleStaleEdit } from './stale-edit.js'

/** @typedef {import('../lib/config.js').Draft} Draft */
/** @typedef {import('../colloquy/schema.js').Bot} Bot */
/** @typedef {import('./stale-edit.js').Author} Author */

/** Into the controls as they stand: whoever is in one of them stays there. @param {Element | null} form @param {Draft} draft */
function fill(form, draft) {
  for (const { name } of FIELDS) {
    const control = form?.querySelector(`[name=${name}]`)
    if ((control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) && control.value !== draft[name]) control.value = draft[name]
  }
}

/** What was not saved when a log-in ended, by person and bot: who signs in again in this tab goes on with it. @type {Map<string, { base: { version: number, draft: Draft }, draft: Draft }>} */
const kept = new Map()

/** @param {import('./page.js').Ctx} ctx */
export function configDraft(ctx) {
  const { bot, session } = ctx
  const mine = `${session.user?.id} ${bot.id}`
  /** The newest configuration that is known. @type {Bot | null} */
  let latest = null
  /** @type {{ version: number, draft: Draft } | null} */
  let base = null
  /** @type {Draft | null} */
  let draft = null
  /** @type {readonly Author[]} */
  let authors = []
  /** The question who saved meanwhile. @type {Promise<void>} */
  let named = Promise.resolve()
  /** It is waited for, to ask what is to become of both edits. */
  let waits = false
  /** @type {unknown} */
  let failure
  /** Counts up when the form begins anew. */
  let round = 0
  let loading = false
  /** At which number of the bot's stream it was asked for last: without news there is nothing to ask. */
  let askedAt = -1
  /** What holds the form, while it is shown. @type {Element | null} */
  let form = null
  /** The page was left: what still comes in concerns no form. */
  let gone = false
  ctx.dispose(() => {
    gone = true
    if (!session.user && !session.left && base && draft && dirty().length > 0) kept.set(mine, { base, draft })
  })

  const dirty = () => (base && draft ? changedFields(base.draft, draft) : [])

  /** @param {Bot} newest */
  const take = (newest) => {
    latest = newest
    base = { version: newest.version ?? 0, draft: draftOf(newest) }
    draft = base.draft
    authors = []
    fill(form, draft)
  }
  // The state's own copy may be a moment behind in what only editors see; so it is asked for.
  const load = async () => {
    if (loading) return
    loading = true
    askedAt = bot.state.seq
    failure = undefined
    try {
      const newest = await ctx.api.getBot({ bot_id: bot.id })
      if (gone) return
      if (newest.instructions === undefined || newest.instructions === null) return
      const before = kept.get(mine)
      kept.delete(mine)
      if (!base && before) ({ base, draft } = before)
      if (!base || (dirty().length === 0 && (newest.version ?? 0) >= base.version)) take(newest)
      else await meanwhile(newest)
    } catch (error) {
      failure = error
    } finally {
      loading = false
      ctx.update()
    }
  }
  /** @param {Bot} newest */
  const meanwhile = (newest) => {
    latest = newest
    const from = base?.version ?? 0
    named = ctx.api.listVersions({ bot_id: bot.id, limit: 20 }).then(({ items }) => {
      if (!gone) authors = items.filter((v) => v.version > from)
    })
    return named
  }

  /** Ask what is to become of both edits; then save that. */
  const settle = async () => {
    // Who it was may still be on its way; whoever presses again meanwhile is asked once.
    if (waits) return
    waits = true
    await named.catch(() => {})
    waits = false
    if (gone || !latest || !base || !draft) return
    const newest = latest
    const choice = await settleStaleEdit({ base: base.draft, mine: draft, theirs: draftOf(newest), authors })
    if (!choice || gone) return
    if (choice === 'discard') {
      take(newest)
      ctx.toast({ message: 'Your changes were discarded.' })
    } else {
      base = { version: newest.version ?? 0, draft: draftOf(newest) }
      draft = choice
      fill(form, draft)
      await self.save()
    }
    ctx.update()
  }

  const self = {
    get base() { return base },
    get draft() { return draft },
    get round() { return round },
    get failure() { return failure },
    get authors() { return authors },
    get stale() { return Boolean(base && latest && (latest.version ?? 0) > base.version) },
    dirty,
    load,
    /** For the `ref` of what holds the form. @param {Element} node */
    holds(node) {
      form = node
      return () => { form = null }
    },
    /** Beside the form: a failure is said in a toast. */
    settle: () => ctx.attempt(settle, 'Nothing was saved'),
    /** @param {import('../lib/config.js').FieldName} name @param {string} value */
    set(name, value) {
      if (!draft) return
      draft = { ...draft, [name]: value }
      ctx.update()
    },
    discard() {
      if (latest) take(latest)
      round += 1
      ctx.update()
      // The button that was pressed goes with the changes.
      focusNext('.config-form [name=name]')
    },
    /** Rejects with what the server refused; a newer version is no refusal but a question. */
    async save() {
      if (!base || !draft) return
      const fields = dirty()
      if (fields.length === 0) {
        if (self.stale && latest) take(latest)
        ctx.toast({ message: 'There is nothing to save.' })
        return
      }
      if (self.stale) return settle()
      try {
        const saved = await ctx.api.changeBot({ bot_id: bot.id, ...bodyOf(draft, fields) }, { ifMatch: base.version })
        // What was typed while it was sent is the next change.
        latest = saved
        base = { version: saved.version ?? 0, draft: draftOf(saved) }
        authors = []
        ctx.toast({ tone: 'ok', message: `Saved as version ${saved.version}.` })
      } catch (/** @type {any} */ error) {
        if (error?.status !== 412 || !error.current) throw error
        if (!gone) await meanwhile(error.current)
        if (!gone) return settle()
        ctx.toast({ tone: 'warning', message: `Your changes to ${error.current.name} were not saved: somebody else changed it meanwhile.` })
      }
    },
    /** Called at each drawing: is there something newer? */
    follow() {
      const seen = Math.max(latest?.version ?? 0, base?.version ?? 0)
      if (bot.canEdit && bot.state.seq !== askedAt && (!base || (bot.state.bot?.version ?? 0) > seen)) load()
    },
  }
  ctx.guardLeaving((to) => {
    const fields = dirty()
    if (fields.length === 0 || !bot.canEdit || to?.startsWith(`/bots/${bot.id}/settings`)) return false
    return `You changed ${list(fields.map((f) => labelOf(f).toLowerCase()), 5)} and did not save.`
  })
  return self
}
