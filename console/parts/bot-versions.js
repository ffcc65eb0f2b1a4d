// The versions of a bot's configuration: who saved what and when, any two compared, an earlier one restored.

import { focusNext, h } from '../lib/dom.js'
import { FIELDS, changedFields, draftOf, labelOf } from '../lib/config.js'
import { dateTime, list, timeAgo } from '../lib/format.js'
import { Avatar } from './avatar.js'
import { DiffView } from './diff-view.js'
import { LoadError, Skeleton } from './states.js'

/** @typedef {import('../colloquy/schema.js').BotVersion} BotVersion */

/** @param {import('../lib/dom.js').Self} self @param {{ ctx: import('./page.js').Ctx }} first @returns {(props: { version: number | undefined }) => import('../lib/dom.js').Child} */
export function BotVersions(self, { ctx }) {
  const { bot } = ctx
  /** Newest first. @type {BotVersion[]} */
  let items = []
  /** @type {string | undefined} */
  let cursor
  let loaded = false
  let busy = false
  /** @type {unknown} */
  let failure
  /** The two that are compared: what `to` has made of `from`. @type {number | null} */
  let to = null
  /** @type {number | null} */
  let from = null
  let side = false
  let asked = 0

  const load = async () => {
    const mine = ++asked
    failure = undefined
    try {
      const page = await ctx.api.listVersions({ bot_id: bot.id, limit: 50 })
      if (mine !== asked) return
      const known = new Set(page.items.map((v) => v.version))
      items = [...page.items, ...items.filter((v) => !known.has(v.version))]
      if (!loaded) cursor = page.next_cursor ?? undefined
      loaded = true
      if (to === null) show(items[0]?.version ?? null)
    } catch (error) {
      if (mine === asked) failure = error
    }
    self.update()
  }
  const older = async () => {
    if (busy) return
    busy = true
    self.update()
    const page = await ctx.attempt(() => ctx.api.listVersions({ bot_id: bot.id, limit: 50, cursor }), 'Older versions could not be loaded')
    busy = false
    if (page) {
      items = [...items, ...page.items]
      cursor = page.next_cursor ?? undefined
    }
    self.update()
  }
  const before = (/** @type {number} */ version) => items[items.findIndex((v) => v.version === version) + 1]?.version ?? null
  /** A version and what it changed. @param {number | null} version */
  const show = (version) => {
    to = version
    from = version === null ? null : before(version) ?? version
    self.update()
  }
  /** On a phone the comparison lies below the list. @param {number} version */
  const choose = (version) => {
    show(version)
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('compare-title')?.scrollIntoView({ block: 'nearest' })))
  }
  /** @param {BotVersion} version */
  const restore = async (version) => {
    const newest = items[0]
    const fields = changedFields(draftOf(version), draftOf(newest))
    if (fields.length === 0) {
      ctx.toast({ message: `Version ${version.version} is the same as the newest one.` })
      return
    }
    const yes = await ctx.confirm({
      title: `Restore version ${version.version}?`, confirm: `Restore version ${version.version}`,
      message: `It is saved once more, as the newest version: ${list(fields.map((f) => labelOf(f).toLowerCase()), 5)} will be as on ${dateTime(version.created_at)}. The versions between stay in this list.`,
    })
    if (!yes) return
    const done = await ctx.attempt(() => ctx.api.restoreVersion({ bot_id: bot.id, n: version.version }), 'Nothing was restored')
    if (!done) return
    to = null
    ctx.toast({ tone: 'ok', message: `Version ${version.version} is back, as version ${done.version}.` })
    await load()
    focusNext('#compare-title')
  }

  let seen = bot.state.bot?.version
  load()
  return ({ version }) => {
    if (version !== undefined && version !== seen) {
      seen = version
      load()
    }
    if (failure && !loaded) return LoadError({ error: failure, again: load })
    if (!loaded) return Skeleton(4)
    const newer = items.find((v) => v.version === to)
    const old = items.find((v) => v.version === from)
    return h('div', { class: 'versions' },
      h('div', { class: 'stack-s' },
        h('ol', { class: 'list version-list', 'aria-label': 'Versions, newest first', reversed: true }, items.map((v, i) => versionRow(v, items[i + 1], i === 0, v.version === to, choose))),
        cursor && h('button', { type: 'button', class: 'button', 'aria-busy': busy, onclick: older }, 'Show older versions')),
      newer && old && h('section', { class: 'stack', 'aria-labelledby': 'compare-title' },
        compareHead({ newer, old, items, side, choose: (which, n) => { if (which === 'to') to = n; else from = n; self.update() }, mode: (s) => { side = s; self.update() } }),
        comparison(old, newer, side),
        newer !== items[0] && h('div', { class: 'row' }, h('button', { type: 'button', class: 'button', onclick: () => restore(newer) }, `Restore version ${newer.version}`))))
  }
}

/** @param {BotVersion} version @param {BotVersion | undefined} previous @param {boolean} newest @param {boolean} shown @param {(version: number) => void} show */
function versionRow(version, previous, newest, shown, show) {
  const fields = previous ? changedFields(draftOf(previous), draftOf(version)) : []
  const words = previous ? (fields.length ? list(fields.map((f) => labelOf(f).toLowerCase()), 5) : 'nothing') : 'The first one'
  return h('li', { key: version.version }, h('button', { type: 'button', class: 'version-row', 'aria-current': shown ? 'true' : undefined, onclick: () => show(version.version) },
    Avatar({ id: version.updated_by ?? '', name: version.username, size: 's' }),
    h('span', { class: 'grow stack-s' },
      h('span', { class: 'row' }, h('strong', null, `Version ${version.version}`), newest && h('span', { class: 'badge badge-accent' }, 'In use')),
      h('span', { class: 'tiny muted' }, `${version.username}, `, timeAgo(version.created_at)),
      h('span', { class: 'tiny muted' }, previous ? `Changed: ${words}` : words))))
}

/**
 * @param {{ newer: BotVersion, old: BotVersion, items: BotVersion[], side: boolean, choose: (which: 'from' | 'to', n: number) => void, mode: (side: boolean) => void }} props
 */
function compareHead({ newer, old, items, side, choose, mode }) {
  const pick = (/** @type {'from' | 'to'} */ which, /** @type {number} */ value, /** @type {string} */ label) => h('select', {
    class: 'input version-pick', 'aria-label': label, value: String(value), onchange: (/** @type {any} */ e) => choose(which, Number(e.currentTarget.value)),
  }, items.map((v) => h('option', { key: v.version, value: String(v.version) }, `Version ${v.version}`)))
  return h('div', { class: 'row-wrap' },
    h('h3', { id: 'compare-title', tabindex: '-1' }, 'From'), pick('from', old.version, 'Compare from'), h('span', { class: 'strong' }, 'to'), pick('to', newer.version, 'Compare to'),
    h('div', { class: 'segments end', role: 'group', 'aria-label': 'How to compare' }, [false, true].map((value) => h('button', {
      key: String(value), type: 'button', class: 'segment', 'aria-pressed': side === value, onclick: () => mode(value) }, value ? 'Side by side' : 'In one text'))))
}

/** @param {BotVersion} old @param {BotVersion} newer @param {boolean} side */
function comparison(old, newer, side) {
  const [a, b] = [draftOf(old), draftOf(newer)]
  const fields = changedFields(a, b)
  if (fields.length === 0) return h('p', { class: 'muted' }, old === newer && newer.version === 1 ? 'The first version: there is nothing before it.' : 'These two are the same.')
  return FIELDS.filter((f) => fields.includes(f.name)).map(({ name, label }) => h('div', { key: name, class: 'stack-s' },
    h('h4', null, label), h(DiffView, { same: [a[name], b[name], side], before: a[name], after: b[name], side, label: `${label}, version ${old.version} and version ${newer.version}` })))
}
