// Loads the module of a route and runs its page: makes the ctx that pages get, and inside a bot the frame around it.
// What the ctx holds is promised to page authors in README.md.

import { h, nextFrame } from '../lib/dom.js'
import { icon } from '../lib/icons.js'
import { go, guardLeaving, href, pageReady, setTitle } from '../lib/router.js'
import { colloquy, session } from '../lib/session.js'
import { confirm, openDialog, toast, toastError } from '../lib/overlays.js'
import { BotFrame } from './bot-frame.js'
import { LoadError, Skeleton } from './states.js'

/** @typedef {import('../lib/router.js').Place} Place */
/** @typedef {import('../lib/dom.js').Child} Child */
/** @typedef {import('../lib/dom.js').Self} Self */
/** @typedef {ReturnType<typeof makeContext>} Ctx */
/** @typedef {(ctx: Ctx) => () => Child} PageFunction */

/**
 * @param {Self} self @param {Place} place
 * @param {import('./bot-frame.js').Bot | null} bot
 */
function makeContext(self, place, bot) {
  return {
    params: place.params,
    query: place.query,
    path: place.path,
    api: colloquy.api,
    colloquy,
    session,
    /** The bot whose frame the page stands in. */
    get bot() {
      if (!bot) throw new Error('this page stands in no bot')
      return bot
    },
    update: self.update,
    dispose: self.dispose,
    title: setTitle,
    go,
    href,
    guardLeaving,
    toast,
    toastError,
    confirm,
    openDialog,
    /**
     * Run something a person asked for: a failure is said in a toast. Resolves to undefined then.
     * @template T @param {() => Promise<T>} work @param {string} [failed] title of the toast @returns {Promise<T | undefined>}
     */
    async attempt(work, failed) {
      try {
        return await work()
      } catch (error) {
        toastError(error, failed)
        return undefined
      } finally {
        self.update()
      }
    },
  }
}

/** @param {Self} self @param {{ place: Place }} first @returns {(props: { place: Place }) => Child} */
export function Page(self, first) {
  if (first.place.route.frame === 'bot') return ({ place }) => h(BotFrame, { place, inner: (/** @type {import('./bot-frame.js').Bot} */ bot) => h(Content, { key: pageKey(place), place, bot }) })
  return ({ place }) => h(Content, { key: pageKey(place), place, bot: null })
}

/** The pages of one module inside a bot are one page that gets new parameters. @param {Place} place */
const pageKey = (place) => (place.route.frame === 'bot' ? String(place.route.load) : place.path)

/** @typedef {{ place: Place, bot: import('./bot-frame.js').Bot | null }} ContentProps */

/** Firefox and Safari remember a module that failed: there only a reload asks the server again. @param {() => void} again */
function unfetched(again) {
  return h('div', { class: 'note note-error', role: 'alert' }, icon('alert'), h('p', { class: 'grow' }, 'This page could not be loaded. The server cannot be reached right now.'),
    h('button', { key: 'again', type: 'button', class: 'button small', onclick: again }, 'Try again'),
    h('button', { key: 'reload', type: 'button', class: 'button small', onclick: () => location.reload() }, 'Reload'))
}

/** @param {Self} self @param {ContentProps} first @returns {(props: ContentProps) => Child} */
function Content(self, first) {
  /** @type {(() => Child) | null} */
  let view = null
  /** @type {unknown} */
  let failure
  /** @type {Ctx | null} */
  let ctx = null
  let gone = false
  self.dispose(() => {
    gone = true
    guardLeaving(null)
  })
  /** The page's module did not come: the server is away, or the browser remembers that it was. */
  let absent = false
  const load = async () => {
    failure = undefined
    absent = true
    self.update()
    try {
      const module = await first.place.route.load()
      absent = false
      if (gone) return
      ctx = makeContext(self, latest, first.bot)
      view = module.page(ctx)
    } catch (error) {
      failure = error
    }
    self.update()
    ready()
  }
  const ready = () => nextFrame(() => nextFrame(pageReady))
  let latest = first.place
  load()
  return ({ place }) => {
    if (place.path !== latest.path) ready()
    latest = place
    if (ctx) Object.assign(ctx, { params: place.params, query: place.query, path: place.path })
    if (failure && absent) return h('div', { class: 'page' }, unfetched(load))
    if (failure) return h('div', { class: 'page' }, LoadError({ error: failure, again: load }))
    return view ? view() : h('div', { class: 'page' }, Skeleton())
  }
}
