// The start of the console: session, router, shell. What a page is: README.md beside this file.

import { h, nextFrame, render } from './lib/dom.js'
import { prepareToasts } from './lib/overlays.js'
import { go, href, place, startRouter } from './lib/router.js'
import { routes } from './lib/routes.js'
import { onSession, resume, session } from './lib/session.js'
import { Shell } from './parts/shell.js'
import { Page } from './parts/page.js'
import { Unreachable, NotFound } from './parts/states.js'

const container = /** @type {HTMLElement} */ (document.getElementById('app'))
/** @type {unknown} */
let failure
let waiting = false
let started = false

function update() {
  if (waiting) return
  waiting = true
  nextFrame(() => {
    waiting = false
    render(view(), container)
  })
}

function view() {
  const here = place()
  if (failure && !session.user) return h(Unreachable, { error: failure, again: start })
  if (here && !allowed(here)) return h('div', { class: 'gate' })
  const content = here ? h(Page, { key: keyOf(here), place: here }) : NotFound()
  return session.user && here?.route.access !== 'public' ? h(Shell, { place: here, content }) : h('main', { id: 'main' }, content)
}

/** Pages inside one bot share its frame, so they share the key; no two people share a page. @param {import('./lib/router.js').Place} here */
function keyOf(here) {
  return `${session.user?.id} ${here.route.frame === 'bot' ? `bot ${here.params.bot_id}` : here.path}`
}

/** Leads away from where one may not be. @param {import('./lib/router.js').Place} here */
function allowed(here) {
  const access = here.route.access ?? 'signed_in'
  if (access === 'public') {
    if (!session.user) return true
    leave(here.query.get('next') ?? '/bots')
    return false
  }
  if (!session.user) {
    const next = here.path === '/' || session.left ? '' : `?next=${encodeURIComponent(here.path + location.search)}`
    leave(`/sign-in${next}`)
    return false
  }
  if (access === 'admin' && !session.admin) {
    leave('/bots')
    return false
  }
  return true
}

/** Only paths of our own, with no steps upwards out of the console: `next` comes from the address. @param {string} path */
function leave(path) {
  const own = /^\/[\w-]/.test(path) && new URL(href(path), location.origin).pathname.startsWith(href('/'))
  queueMicrotask(() => go(own ? path : '/bots', { replace: true }))
}

async function start() {
  failure = undefined
  const { error } = await resume()
  failure = error
  update()
}

startRouter(routes, (here) => {
  if (here === null && location.pathname.replace(/\/$/, '') === '/console') return go('/bots', { replace: true })
  if (started) update()
})
onSession(update)
prepareToasts()
// Times such as "3 minutes ago" go on.
setInterval(() => { if (!document.hidden) update() }, 60_000)
addEventListener('online', () => { if (failure) start() })
// A server that takes its time leaves no page blank.
const slow = setTimeout(() => render(h('main', { id: 'main', class: 'gate' }, h('p', { class: 'muted', role: 'status' }, 'Connecting …')), container), 300)
await start()
clearTimeout(slow)
started = true
update()
