// The connection light: how it stands, by colour, shape and word, with a panel that tells more and reconnects at once; and the banner
// over the page when there has been no connection for a while.

import { h } from '../lib/dom.js'
import { plural } from '../lib/format.js'
import { Popover } from '../lib/menus.js'
import { colloquy } from '../lib/session.js'
import { onStanding, standing } from '../lib/standing.js'
import { Button } from './button.js'

const WORDS = { open: 'Connected', connecting: 'Connecting', reconnecting: 'Reconnecting', closed: 'Not connected' }
const TRANSPORTS = { websocket: 'WebSocket', sse: 'Server-sent events', poll: 'Long polling' }
const EXPLAIN = {
  open: 'Everything arrives as it happens.',
  connecting: 'A moment.',
  reconnecting: 'What happens meanwhile arrives by itself afterwards. What you send waits and then goes.',
  closed: 'Nothing arrives until there is a connection again.',
}

const word = () => (standing() === 'lost' ? 'No connection' : WORDS[colloquy.state])

/** @param {string} [name] of a class for where it stands */
const dot = (name = '') => h('span', { class: `light light-${standing() === 'lost' ? 'lost' : colloquy.state} ${name}`, 'aria-hidden': 'true' })

/** @param {import('../lib/dom.js').Self} self */
export function ConnectionLight(self) {
  /** @type {{ retryAt?: number, code?: number }} */
  let last = {}
  let wasOpen = colloquy.state === 'open'
  /** What is read aloud: breaks and their end, not the first connection. */
  let said = ''
  const offs = [
    colloquy.on('state', (/** @type {any} */ e) => {
      if (e.state === 'open' && wasOpen && said) said = 'Connected again'
      else if (e.state !== 'open' && wasOpen) said = e.state === 'closed' ? 'Not connected' : 'The connection is lost, reconnecting'
      wasOpen ||= e.state === 'open'
      last = { code: e.code, retryAt: e.retryIn === undefined ? undefined : Date.now() + e.retryIn }
      self.update()
    }),
    colloquy.on('latency', self.update), colloquy.on('transport', self.update), colloquy.on('outbox', self.update), onStanding(self.update),
  ]
  self.dispose(() => { for (const off of offs) off() })
  return () => {
    const { state, latency } = colloquy
    const measured = state === 'open' && latency !== null ? `${Math.round(latency)} ms` : ''
    return h('span', { class: 'row' }, h('span', { class: 'visually-hidden', role: 'status' }, said), h(Popover, {
      label: measured ? `${word()}, ${measured}` : word(), class: 'light-button', align: 'start', button: [dot(), h('span', { class: 'light-word' }, measured || word())],
      view: (/** @type {() => void} */ close) => panel(last, close),
    }))
  }
}

/** @param {{ retryAt?: number, code?: number }} last @param {() => void} close */
function panel(last, close) {
  const { state, latency, transport } = colloquy
  const waiting = colloquy.outbox.entries.filter((/** @type {any} */ e) => e.status !== 'failed').length
  const seconds = last.retryAt === undefined ? 0 : Math.ceil((last.retryAt - Date.now()) / 1000)
  return h('div', { class: 'stack' },
    h('div', { class: 'row' }, dot(), h('h2', null, word())),
    h('p', { class: 'muted' }, EXPLAIN[state]),
    h('dl', { class: 'facts small' },
      h('dt', null, 'Round trip'), h('dd', null, latency === null ? 'not measured yet' : `${Math.round(latency)} ms`),
      h('dt', null, 'Way'), h('dd', null, transport ? TRANSPORTS[transport] : 'none'),
      h('dt', null, 'Waiting to be sent'), h('dd', null, waiting === 0 ? 'nothing' : plural(waiting, 'message')),
      state !== 'open' && seconds > 0 && [h('dt', null, 'Next try'), h('dd', null, `within ${plural(seconds, 'second')}`)],
      state !== 'open' && last.code !== undefined && [h('dt', null, 'Closed with'), h('dd', { class: 'mono' }, String(last.code))]),
    state !== 'open' && Button('Reconnect now', () => {
      colloquy.reconnect()
      close()
    }, { icon: 'refresh', kind: 'primary' }))
}

/** Always there, so that what appears in it is read aloud. @param {import('../lib/dom.js').Self} self */
export function ConnectionBanner(self) {
  self.dispose(onStanding(self.update))
  return () => h('div', { class: 'banner', role: 'status' },
    standing() === 'lost' && [dot(), h('span', null, 'No connection. What you write waits and is sent later.')])
}
