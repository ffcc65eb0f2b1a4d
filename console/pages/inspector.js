// The inspector, for people who build on the protocol: connect any channel with a socket of its own, look at each frame as the server
// sent it, send some, resume from a number, and take the same to a terminal.

import { copyText } from '../lib/clipboard.js'
import { commands } from '../lib/commands.js'
import { focusNext, h } from '../lib/dom.js'
import { count, plural } from '../lib/format.js'
import { FrameLog } from '../lib/frame-log.js'
import { icon } from '../lib/icons.js'
import { Menu } from '../lib/menus.js'
import { storedToken } from '../lib/session.js'
import { connect, idOf, meaningOf, withoutToken } from '../lib/wire.js'
import { FrameJson } from '../parts/frame-json.js'
import { FrameList } from '../parts/frame-list.js'
import { FrameSender } from '../parts/frame-sender.js'

/** @typedef {import('../lib/wire.js').Target} Target */
/** @typedef {import('../lib/wire.js').Kind} Kind */
/** @typedef {import('../lib/dom.js').Child} Child */

/** @type {Record<Kind, string>} */
const KINDS = { chat: "A bot's socket", channels: 'One socket, any channels', notifications: 'Notifications socket' }
const STATES = { closed: 'closed', connecting: 'connecting', open: 'open' }

/** @type {import('../parts/page.js').PageFunction} */
export function page(ctx) {
  ctx.title('Inspector')
  const log = new FrameLog()
  /** @type {Target} */
  let target = { kind: 'chat', channel: ctx.query.get('channel') ?? '', since: '', epoch: '' }
  /** @type {import('../lib/wire.js').WireState} */
  let state = 'closed'
  /** @type {ReturnType<typeof connect> | null} */
  let wire = null
  /** @type {number | null} */
  let selected = null
  /** @type {number | null} */
  let latency = null
  let pinged = 0
  /** @type {{ id: string, name: string }[]} */
  let bots = []
  let left = false
  ctx.dispose(() => {
    left = true
    wire?.close()
  })
  ctx.attempt(async () => {
    bots = (await ctx.api.listBots({ limit: 100 })).items
    if (left) return
    const field = document.getElementById('aim-channel')
    // Not under the hands of somebody who is about to write there: for the same reason at once, and not with the next drawing.
    if (target.channel || !bots[0] || (field && field === document.activeElement)) return
    target = { ...target, channel: `bot:${bots[0].id}` }
    if (field instanceof HTMLInputElement) field.value = target.channel
  }, 'Your bots could not be listed')

  const open = () => {
    if (target.kind === 'chat' && !target.channel) {
      ctx.toast({ tone: 'warning', message: 'Choose a bot, or paste its id.' })
      return
    }
    const mine = connect(target, {
      ticket: async () => (await ctx.api.createTicket({})).ticket,
      seen: ({ direction, text }) => {
        if (wire !== mine) return
        log.add(direction, withoutToken(text))
        if (direction === 'in' && pinged && text.startsWith('{"id":"latency"')) measured(text)
        ctx.update()
      },
      changed: (next, end) => {
        if (wire !== mine) return
        state = next
        latency = next === 'open' ? latency : null
        if (next === 'open') log.note('open', STATES.open)
        if (end) log.note('closed', `${end.code} ${end.reason || meaningOf(end.code).meaning.toLowerCase()}. ${meaningOf(end.code).advice}`)
        ctx.update()
      },
    })
    wire = mine
    state = 'connecting'
    ctx.update()
    mine.started.catch((error) => ctx.toastError(error, 'Not connected'))
  }
  const ping = () => {
    pinged = performance.now()
    wire?.send(JSON.stringify({ type: 'ping', id: 'latency' }))
  }
  /** @param {string} text */
  const measured = (text) => {
    if (JSON.parse(text).type !== 'pong') return
    latency = performance.now() - pinged
    pinged = 0
  }
  /** @param {Partial<Target>} change */
  const aim = (change) => {
    target = { ...target, ...change }
    ctx.update()
  }
  const select = (/** @type {number | null} */ n) => { selected = n; ctx.update() }
  const pause = () => { if (log.paused) log.resume(); else log.pause(); ctx.update() }

  return () => {
    const entry = log.shown.find((one) => one.n === selected)
    return h('div', { class: 'inspector' },
      h('div', { class: 'page-head' }, h('h1', null, 'Inspector'),
        h('p', null, 'A socket of its own: every frame as the server sends it, without the console in between.')),
      h('form', { class: 'inspector-target', onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); if (state === 'closed') open(); else wire?.close() } },
        aimFields(target, bots, state !== 'closed', aim),
        h('button', { type: 'submit', class: `button ${state === 'closed' ? 'primary' : ''}` }, icon('plug'), state === 'closed' ? 'Connect' : 'Disconnect'),
        h('span', { class: 'row', role: 'status' }, h('span', { class: `light light-${state}`, 'aria-hidden': 'true' }), STATES[state], latency !== null && ` · ${latency.toFixed(1)} ms`)),
      tools(ctx, log, { target, state, pause, ping, join: () => wire?.send(JSON.stringify({ type: 'subscribe', id: 'join', data: { channels: [{ channel: target.channel }] } })) }),
      h('div', { class: `inspector-body${entry ? ' inspector-split' : ''}` },
        h(FrameList, { entries: log.shown, selected, select }),
        entry && detail(ctx, entry, () => { select(null); focusNext('.frames') }),
        h(FrameSender, { target, open: state === 'open', send: (/** @type {string} */ text) => wire?.send(text) ?? false })))
  }
}

/** @param {Target} target @param {{ id: string, name: string }[]} bots @param {boolean} fixed @param {(change: Partial<Target>) => void} aim @returns {Child} */
function aimFields(target, bots, fixed, aim) {
  const known = bots.find((bot) => bot.id === idOf(target.channel))?.name
  /** @param {string} name @param {keyof Target} key @param {Record<string, any>} more */
  const text = (name, key, more = {}) => h('div', { class: 'field', key }, h('div', { class: 'row' }, h('label', { for: `aim-${key}` }, name), key === 'channel' && known && h('span', { id: 'aim-known', class: 'small muted truncate' }, known)),
    h('input', { id: `aim-${key}`, class: 'input', value: target[key], disabled: fixed && target.kind !== 'channels', autocomplete: 'off', spellcheck: 'false', oninput: (/** @type {any} */ e) => aim({ [key]: e.currentTarget.value }), ...more }))
  return [
    h('div', { class: 'field', key: 'kind' }, h('label', { for: 'aim-kind' }, 'Socket'),
      h('select', { id: 'aim-kind', class: 'input', value: target.kind, disabled: fixed, onchange: (/** @type {any} */ e) => aim({ kind: e.currentTarget.value }) },
        Object.entries(KINDS).map(([value, name]) => h('option', { value, selected: value === target.kind }, name)))),
    target.kind !== 'notifications' && text(target.kind === 'chat' ? 'Bot' : 'Channel', 'channel', { list: 'aim-channels', 'aria-describedby': known && 'aim-known', placeholder: target.kind === 'chat' ? 'bot:…' : 'bot:…, session:…, notifications, tasks' }),
    h('datalist', { id: 'aim-channels', key: 'list' }, bots.map((bot) => h('option', { value: `bot:${bot.id}` }, bot.name)),
      target.kind === 'channels' && ['notifications', 'tasks'].map((name) => h('option', { value: name }, name))),
    text('Since', 'since', { inputmode: 'numeric', placeholder: 'newest', class: 'input inspector-number' }),
    text('Epoch', 'epoch', { placeholder: 'present', class: 'input inspector-number' }),
  ]
}

/**
 * @param {import('../parts/page.js').Ctx} ctx @param {FrameLog} log
 * @param {{ target: Target, state: string, pause: () => void, ping: () => void, join: () => void }} does
 */
function tools(ctx, log, { target, state, pause, ping, join }) {
  const copy = (/** @type {string} */ text) => ctx.attempt(async () => {
    await copyText(text)
    ctx.toast({ tone: 'ok', message: 'Copied.' })
  }, 'Not copied')
  const items = () => {
    const token = storedToken()
    const plain = commands(target, location.origin, null).map(({ label, text }) => ({ label, run: () => copy(text) }))
    const whole = commands(target, location.origin, token).map(({ label, text }) => ({ label: `${label}, with my token`, run: () => copy(text) }))
    return token ? [...plain, /** @type {const} */ ('line'), ...whole] : plain
  }
  const filter = (/** @type {Partial<import('../lib/frame-log.js').Filter>} */ change) => { log.filter = change; ctx.update() }
  return h('div', { class: 'page-tools', role: 'group', 'aria-label': 'Frames shown' },
    h('label', { class: 'input-search' }, icon('search'), h('span', { class: 'visually-hidden' }, 'Words in a frame'),
      h('input', { type: 'search', class: 'input', placeholder: 'Words in a frame', oninput: (/** @type {any} */ e) => filter({ words: e.currentTarget.value }) })),
    h('select', { class: 'input inspector-types', 'aria-label': 'Types shown', onchange: (/** @type {any} */ e) => filter({ type: e.currentTarget.value }) },
      h('option', { value: '' }, 'All types'), h('option', { value: 'durable' }, 'Numbered events'), h('option', { value: 'passing' }, 'All others'),
      log.types().map((type) => h('option', { key: type, value: type }, type))),
    h('button', { type: 'button', class: 'button', 'aria-pressed': log.paused, onclick: pause }, icon(log.paused ? 'play' : 'pause'), log.paused ? `Go on (${count(log.held)} new)` : 'Pause'),
    h('button', { type: 'button', class: 'button', onclick: () => { log.clear(); ctx.update() } }, icon('trash'), 'Clear'),
    state === 'open' && h('button', { type: 'button', class: 'button', onclick: ping }, 'Ping'),
    state === 'open' && target.kind === 'channels' && h('button', { type: 'button', class: 'button', onclick: join }, 'Subscribe'),
    h(Menu, { label: 'Copy as a command', button: [icon('copy'), 'Copy as'], items }),
    h('span', { class: 'small muted end' }, plural(log.shown.length, 'frame'), log.shown.length < log.total && ` of ${count(log.total)}`, log.dropped > 0 && `, ${count(log.dropped)} older dropped`))
}

/** @param {import('../parts/page.js').Ctx} ctx @param {import('../lib/frame-log.js').Entry} entry @param {() => void} close */
function detail(ctx, entry, close) {
  const copy = () => ctx.attempt(async () => {
    await copyText(entry.text)
    ctx.toast({ tone: 'ok', message: 'Copied.' })
  }, 'Not copied')
  return h('aside', { class: 'inspector-detail', key: entry.n, 'aria-label': `Frame ${entry.n}` },
    h('div', { class: 'row' }, h('h2', { class: 'grow truncate' }, entry.type),
      h('button', { type: 'button', class: 'button small', onclick: copy }, icon('copy'), 'Copy'),
      h('button', { type: 'button', class: 'button quiet icon-only small', 'aria-label': 'Close the frame', onclick: close }, icon('close'))),
    FrameJson({ text: entry.text }))
}
