// Addresses of the console: the path decides the page, history keeps it, links are ordinary links.
// Also the title of the page and where the focus goes after a change. Which pages there are: routes.js.

import { isTyping } from './dom.js'
import { closeDialogs, confirm } from './overlays.js'

const BASE = '/console'

/**
 * @typedef {object} Route
 * @property {string} path  below /console, `:name` for a part
 * @property {() => Promise<{ page: Function }>} load
 * @property {'public' | 'signed_in' | 'admin'} [access]  default signed_in
 * @property {'bot'} [frame]  drawn inside the frame of a bot
 * @property {string} [tab]  the name of its tab in that frame
 * @property {string} [nav]  the name of its link in the sidebar
 * @property {string} [icon]
 */
/** @typedef {{ route: Route, params: Record<string, string>, query: URLSearchParams, path: string }} Place */

/** @type {{ route: Route, pattern: RegExp, names: string[] }[]} */
let table = []
/** @type {(place: Place | null) => void} */
let changed = () => {}
/** @typedef {(to: string | null) => string | false} Unsaved  what would be lost by going to that path (null: out of the console) */
/** @type {Unsaved | null} */
let unsaved = null

/** @param {Route[]} routes @param {(place: Place | null) => void} onChange */
export function startRouter(routes, onChange) {
  table = routes.map((route) => {
    const names = [...route.path.matchAll(/:(\w+)/g)].map((m) => m[1])
    return { route, names, pattern: new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)')}/?$`) }
  })
  changed = onChange
  addEventListener('popstate', wentBack)
  document.addEventListener('click', followLink)
  changed(place())
}

/** Where we are; null for an unknown address. @returns {Place | null} */
export function place() {
  const path = location.pathname.slice(BASE.length) || '/'
  for (const { route, names, pattern } of table) {
    const found = pattern.exec(path)
    if (!found) continue
    /** @type {Record<string, string>} */
    const params = {}
    names.forEach((name, i) => { params[name] = decode(found[i + 1]) })
    return { route, params, query: new URLSearchParams(location.search), path }
  }
  return null
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a path of ours, for `href`. @param {string} path */
export const href = (path) => BASE + path

/** Where the page that is shown stands. Behind the browser's address while a question is open. */
let shown = location.pathname + location.search

/** @param {string} path @param {{ replace?: boolean }} [options] */
export function go(path, { replace = false } = {}) {
  if (location.pathname + location.search === BASE + path && !replace) return
  afterAsking(path, () => {
    if (new URL(BASE + path, location.origin).pathname !== location.pathname) focusWanted = 'moved'
    history[replace ? 'replaceState' : 'pushState']({}, '', BASE + path)
    arrive()
  })
}

/** Back and forward: the address has changed already, so it is put back while the question is open. */
function wentBack() {
  const to = location.pathname + location.search
  if (!unsaved?.(to.slice(BASE.length) || '/')) {
    focusWanted = 'moved'
    arrive()
    return
  }
  history.pushState({}, '', shown)
  afterAsking(to.slice(BASE.length) || '/', () => history.back())
}

function arrive() {
  if (shown.split('?')[0] !== location.pathname) closeDialogs()
  shown = location.pathname + location.search
  changed(place())
}

/** @param {string} to @param {() => void} leave */
async function afterAsking(to, leave) {
  // At once where there is nothing to ask: whoever goes on reads the new address.
  if (!unsaved?.(to) || await mayLeave(to)) leave()
}

/** The question is open. A second one would say the same. */
let asking = false

/** Asks where something would be lost. @param {string | null} to @returns {Promise<boolean>} */
export async function mayLeave(to) {
  const lost = unsaved?.(to)
  if (!lost) return true
  if (asking) return false
  asking = true
  const yes = await confirm({ title: 'Leave without saving?', message: lost, confirm: 'Leave', cancel: 'Stay here', danger: true })
  asking = false
  if (yes) unsaved = null
  return yes
}

/** A page with unsaved input says here what would be lost, or false. What it returns takes that back. @param {Unsaved | null} ask */
export function guardLeaving(ask) {
  unsaved = ask
  return () => { if (unsaved === ask) unsaved = null }
}

addEventListener('beforeunload', (event) => {
  if (unsaved?.(null)) event.preventDefault()
})

/** @param {MouseEvent} event */
function followLink(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return
  if (link.origin !== location.origin || !(link.pathname + '/').startsWith(BASE + '/')) return
  event.preventDefault()
  if (link.hash && link.pathname === location.pathname) {
    document.getElementById(link.hash.slice(1))?.focus()
    return
  }
  go((link.pathname.slice(BASE.length) || '/') + link.search)
}

/** @param {string} title */
export function setTitle(title) {
  const unread = badge > 0 ? `(${badge > 99 ? '99+' : badge}) ` : ''
  lastTitle = title
  document.title = unread + (title ? `${title} · Colloquy` : 'Colloquy')
}

let lastTitle = ''
let badge = 0

/** How many unread notifications the title tells. @param {number} n */
export function setTitleBadge(n) {
  if (n === badge) return
  badge = n
  setTitle(lastTitle)
}

/** A change of page that has not moved the focus yet. At the start only a field that asks for it gets it. @type {'start' | 'moved' | null} */
let focusWanted = 'start'

/** The page itself says where the focus goes, whatever it marked. @param {HTMLElement} target */
export function takeFocus(target) {
  focusWanted = null
  target.focus({ preventScroll: true })
}

/**
 * The page is drawn: after a change of page its heading takes the focus, or what it marked with `data-focus`, so that it is
 * read aloud and Tab goes on from there.
 */
export function pageReady() {
  const main = document.getElementById('main')
  const wanted = focusWanted
  if (!main || !wanted) return
  focusWanted = null
  // Whoever is quicker than the page writes where they are.
  if (main.contains(document.activeElement) && isTyping(document.activeElement)) return
  if (wanted === 'start' && !main.querySelector('[data-focus]')) return
  const target = main.querySelector('[data-focus]') ?? main.querySelector('h1') ?? main
  if (!(target instanceof HTMLElement)) return
  if (!target.hasAttribute('tabindex') && target.tabIndex < 0) target.tabIndex = -1
  target.focus({ preventScroll: true })
}
