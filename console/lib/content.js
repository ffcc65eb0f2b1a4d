// The texts of messages: Markdown as the server rendered and sanitised it. This is the ONE place of the console that sets
// HTML, through the Trusted Types policy `colloquy-content`; everything else is text. Until the server's HTML is there, the
// plain text is shown. Citations [n] and @mentions are marked afterwards, on the text of the finished nodes.

import { h } from './dom.js'
import { colloquy } from './session.js'
import { isPlain } from './text.js'

/** @typedef {import('./dom.js').Self} Self */
/**
 * @typedef {object} ContentProps
 * @property {string} id  of the message
 * @property {string} content
 * @property {boolean} [streaming]  the text still grows
 * @property {any[]} [citations]
 * @property {readonly string[]} [names]  who can be mentioned
 * @property {string} [me]  own user name, marked more strongly
 * @property {(n: number) => void} [cite]
 */

/** @type {{ createHTML(html: string): any } | undefined} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('colloquy-content', { createHTML: (/** @type {string} */ html) => html })

/** Rendered texts by message; the text it was rendered from stands beside, so an edit is noticed. @type {Map<string, { content: string, html: string }>} */
const rendered = new Map()
const MOST_RENDERED = 2000

/** Keep what a list call with `content_html=true` brought. @param {readonly any[]} messages */
export function keepHtml(messages) {
  for (const message of messages) {
    if (typeof message.content_html === 'string') remember(message.id, message.content, message.content_html)
  }
}

/** @param {string} id @param {string} content @param {string} html */
function remember(id, content, html) {
  rendered.delete(id)
  rendered.set(id, { content, html })
  if (rendered.size > MOST_RENDERED) rendered.delete(/** @type {string} */ (rendered.keys().next().value))
}

let pausedUntil = 0
/** Lists on their way: what they bring need not be asked for one by one. @type {Promise<unknown>} */
let lists = Promise.resolve()
/** At most so many texts are rendered at a time; the others wait in `queue`. */
const AT_ONCE = 4
let running = 0
/** @type {(() => void)[]} */
const queue = []

/** The HTML of a page of messages that came as plain text: the newest, or those before one. @param {string} session_id @param {string} [before] */
export function loadHtml(session_id, before) {
  const call = colloquy.api.listMessages({ session_id, before, limit: 50, content_html: true }).then(({ items }) => keepHtml(items), () => {
    // Each text then asks for itself.
  })
  lists = Promise.all([lists, call])
  return call
}

/** @param {string} id @param {string} content @param {() => boolean} wanted  still, when it is its turn @returns {Promise<string | null>} null: not now */
async function ask(id, content, wanted) {
  await lists
  if (running >= AT_ONCE) await new Promise((resolve) => { queue.push(() => resolve(undefined)) })
  running += 1
  try {
    const known = rendered.get(id)
    if (known?.content === content) return known.html
    if (!wanted() || Date.now() < pausedUntil) return null
    const { content_html } = await colloquy.api.renderMarkdown({ content })
    remember(id, content, content_html)
    return content_html
  } catch (error) {
    const { retryAfter } = /** @type {{ retryAfter?: number }} */ (error)
    pausedUntil = Date.now() + 1000 * (retryAfter ?? 2)
    return null
  } finally {
    running -= 1
    queue.shift()?.()
  }
}

/** One observer for each scrolling part of the page. @type {WeakMap<Element | Document, IntersectionObserver>} */
const observers = new WeakMap()
/** What each observed node wants to hear. @type {WeakMap<Element, (near: boolean) => void>} */
const nearing = new WeakMap()

/** Tells whether the node is before the eyes, or nearly. @param {HTMLElement} node @param {(near: boolean) => void} tell @returns {() => void} */
function watchNear(node, tell) {
  // A margin counts only at the edge of the very element that scrolls.
  const root = node.closest('.thread-scroll') ?? document
  const observer = observers.get(root) ?? new IntersectionObserver((entries) => {
    for (const entry of entries) nearing.get(entry.target)?.(entry.isIntersecting)
  }, { root, rootMargin: '50% 0px' })
  observers.set(root, observer)
  nearing.set(node, tell)
  observer.observe(node)
  return () => observer.unobserve(node)
}

/** While streaming: so long between two renderings, in ms; long texts wait longer. @param {string} content */
const pace = (content) => 400 + Math.min(1600, content.length / 20)

/** The text of one message. @param {Self} self @param {ContentProps} first */
export function Content(self, first) {
  /** @type {HTMLElement | null} */
  let node = null
  /** @type {ContentProps} */
  let props = first
  let shownHtml = ''
  let shownFrom = ''
  let shownText = ''
  let asking = false
  let gone = false
  /** Only what is looked at is asked for: a long way back would be hundreds of requests. */
  let near = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  self.dispose(() => {
    gone = true
    clearTimeout(timer)
  })

  const draw = () => {
    if (!node) return
    const known = rendered.get(props.id)
    if (known && known.content === props.content) showHtml(known.html, props.content)
    else if (isPlain(props.content)) showText('', props.content)
    else {
      // The rendered beginning stays, what came since follows as plain text. An answer that has ended is drawn anew, from what is known of it.
      const goesOn = () => shownHtml && props.content.startsWith(shownFrom)
      if (!goesOn() && known && props.content.startsWith(known.content)) showHtml(known.html, known.content)
      if (goesOn()) showText(shownHtml, props.content)
      else showText('', props.content)
      later()
    }
  }
  const later = () => {
    if (!near || asking || timer !== undefined) return
    timer = setTimeout(render, props.streaming ? pace(props.content) : 0)
  }
  const render = async () => {
    timer = undefined
    asking = true
    const { content } = props
    const html = await ask(props.id, content, () => near && !gone)
    asking = false
    if (gone || !node) return
    if (html === null && !near) return
    if (html === null) timer = setTimeout(render, Math.max(500, pausedUntil - Date.now()))
    else {
      if (content !== props.content && props.content.startsWith(content)) showHtml(html, content)
      draw()
    }
  }
  const showHtml = (/** @type {string} */ html, /** @type {string} */ from) => {
    if (!node || (html === shownHtml && shownText === from)) return
    setHtml(node, html)
    shownHtml = html
    shownFrom = from
    shownText = from
    decorate(node, props)
  }
  const showText = (/** @type {string} */ html, /** @type {string} */ content) => {
    if (!node || (content === shownText && html === shownHtml)) return
    if (html) addTail(node, content.slice(shownFrom.length))
    else {
      node.replaceChildren(plainText('div', content))
      shownHtml = shownFrom = ''
    }
    shownText = content
    if (!props.streaming) decorate(node, props)
  }
  const begin = (/** @type {HTMLElement} */ made) => {
    node = made
    draw()
    return watchNear(made, (now) => {
      near = now
      if (near) draw()
    })
  }
  const click = (/** @type {Event} */ event) => {
    const button = event.target instanceof Element ? event.target.closest('button[data-cite]') : null
    if (button instanceof HTMLElement) props.cite?.(Number(button.dataset.cite))
  }
  return (/** @type {ContentProps} */ next) => {
    props = next
    draw()
    return h('div', { class: 'prose', dir: 'auto', onclick: click, ref: begin })
  }
}

/** @param {HTMLElement} node @param {string} html from the server, sanitised there */
function setHtml(node, html) {
  node.innerHTML = policy ? policy.createHTML(html) : html
}

/** @param {'div' | 'span'} tag @param {string} text */
function plainText(tag, text) {
  const plain = document.createElement(tag)
  plain.className = 'plain'
  plain.textContent = text
  return plain
}

/** What came since the last rendering goes on where that ended: in its last line, or below it. @param {HTMLElement} node @param {string} tail */
function addTail(node, tail) {
  for (const old of node.querySelectorAll('[data-tail]')) old.remove()
  if (!tail) return
  const below = tail.startsWith('\n')
  /** @type {Element} */
  let last = node
  while (!below && last.lastElementChild?.matches('p, ul, ol, li, pre, blockquote, pre > code, h1, h2, h3, h4, h5, h6')) last = last.lastElementChild
  const plain = plainText(below || last === node ? 'div' : 'span', below ? tail.trimStart() : tail)
  plain.dataset.tail = ''
  last.append(plain)
}

/** Marks citations and mentions in texts, never in code or links. @param {HTMLElement} node @param {ContentProps} props */
function decorate(node, { citations = [], names = [], me }) {
  if (citations.length === 0 && names.length === 0) return
  const words = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).sort((a, b) => b.length - a.length)
  const pattern = new RegExp(`\\[(\\d{1,3})\\]${words.length ? `|(?<![\\w@])@(${words.join('|')})(?![\\w-])` : ''}`, 'giu')
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT)
  /** @type {Text[]} */
  const texts = []
  while (walker.nextNode()) {
    const text = /** @type {Text} */ (walker.currentNode)
    if (!text.parentElement?.closest('pre, code, a, button, .mention')) texts.push(text)
  }
  for (const text of texts) decorateText(text, pattern, citations, me)
}

/** @param {Text} text @param {RegExp} pattern @param {any[]} citations @param {string | undefined} me */
function decorateText(text, pattern, citations, me) {
  /** @type {(Node | string)[]} */
  const parts = []
  let from = 0
  for (const found of text.data.matchAll(pattern)) {
    const made = found[1] ? citation(Number(found[1]), citations) : mention(found[0], found[2], me)
    if (!made) continue
    parts.push(text.data.slice(from, found.index), made)
    from = found.index + found[0].length
  }
  if (parts.length > 0) text.replaceWith(...parts, text.data.slice(from))
}

/** @param {number} n @param {any[]} citations */
function citation(n, citations) {
  const cited = citations[n - 1]
  if (!cited) return null
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'cite'
  button.dataset.cite = String(n)
  button.textContent = String(n)
  button.setAttribute('aria-label', `Source ${n}: ${cited.filename}${cited.page ? `, page ${cited.page}` : ''}`)
  return button
}

/** @param {string} text @param {string} name @param {string | undefined} me */
function mention(text, name, me) {
  const span = document.createElement('span')
  span.className = me && name.toLowerCase() === me.toLowerCase() ? 'mention mention-me' : 'mention'
  span.textContent = text
  return span
}
