// The scrolling of a conversation: at the newest it stays there; elsewhere the message under the eye stays where it is,
// whatever is added above or grows; new ones that are out of sight are counted.

import { takeFocus } from '../lib/router.js'
import { session as who } from '../lib/session.js'

/** So near the end counts as the end, in pixels. */
const NEAR = 60
/** So near the beginning asks for older ones. */
const EARLY = 500

/** @param {() => void} update */
export function makeScroll(update) {
  /** @type {HTMLElement | null} */
  let node = null
  let stick = true
  /** The message that keeps its place, and where its top stood. @type {{ id: string, top: number } | null} */
  let anchor = null
  /** @type {string | null} */
  let showing = null
  let lastId = ''
  let missed = 0
  /** How large things were when they were last put in their place. */
  let room = { content: 0, window: 0 }
  /** @type {ResizeObserver | null} */
  let observer = null

  const measure = () => {
    if (!node) return
    const top = node.getBoundingClientRect().top
    const rows = /** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll('[data-message]'))
    let from = 0
    let to = rows.length
    while (from < to) {
      const middle = (from + to) >> 1
      if (rows[middle].getBoundingClientRect().bottom <= top) from = middle + 1
      else to = middle
    }
    const row = rows[from]
    anchor = row ? { id: row.dataset.message ?? '', top: row.getBoundingClientRect().top - top } : null
  }
  const settle = () => {
    if (!node) return
    room = { content: node.scrollHeight, window: node.clientHeight }
    if (stick) node.scrollTop = node.scrollHeight
    else if (anchor) {
      const row = rowOf(anchor.id)
      if (!row) return
      const shift = row.getBoundingClientRect().top - node.getBoundingClientRect().top - anchor.top
      if (Math.abs(shift) > 1) node.scrollTop += shift
    }
  }
  /** @param {string} id @returns {HTMLElement | null} */
  const rowOf = (id) => node?.querySelector(`[data-message="${CSS.escape(id)}"]`) ?? null
  const endInSight = (/** @type {HTMLElement} */ { scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < NEAR
  const flash = () => {
    if (!node || !showing) return
    const row = rowOf(showing)
    if (!row) return
    showing = null
    row.scrollIntoView({ block: 'center' })
    // Where nothing has to move, no scroll event tells.
    const was = stick
    stick = endInSight(node)
    if (was !== stick) update()
    takeFocus(row)
    row.classList.remove('flash')
    requestAnimationFrame(() => row.classList.add('flash'))
    measure()
  }
  return {
    atEnd: () => stick,
    missed: () => missed,
    /** Count what came while the end was out of sight. @param {readonly { id: string, user_id: string | null }[]} items */
    count(items) {
      const newest = items[items.length - 1]?.id ?? ''
      if (newest === lastId) return
      const from = items.findIndex((m) => m.id === lastId)
      if (stick || !lastId || from < 0) missed = 0
      else missed += items.slice(from + 1).filter((m) => m.user_id !== who.user?.id).length
      lastId = newest
    },
    /** The person scrolled. @param {() => void} older */
    moved(older) {
      if (!node) return
      // A window or a text field that changes its size scrolls too: that is no wish of the person.
      if (stick && (room.content !== node.scrollHeight || room.window !== node.clientHeight)) return settle()
      const was = stick
      const unseen = missed
      stick = endInSight(node)
      if (stick) missed = 0
      measure()
      if (node.scrollTop < EARLY && !stick) older()
      if (was !== stick || unseen !== missed) update()
    },
    /** The conversation was drawn. @param {HTMLElement} drawn */
    drawn(drawn) {
      node = drawn
      settle()
      flash()
    },
    /** Texts grow when their HTML arrives. @param {HTMLElement} inner */
    watchSize(inner) {
      observer = new ResizeObserver(settle)
      observer.observe(inner)
      if (inner.parentElement) observer.observe(inner.parentElement)
      return () => observer?.disconnect()
    },
    toEnd() {
      stick = true
      missed = 0
      settle()
      update()
    },
    /** @param {string} message_id */
    show(message_id) {
      showing = message_id
      flash()
      update()
    },
    end() {
      observer?.disconnect()
      node = null
    },
  }
}
