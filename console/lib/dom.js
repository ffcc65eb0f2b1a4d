// A small virtual DOM: `h` describes, `render` makes the page look like it, keyed children keep their nodes.
// Children are text or vnodes, never HTML; the one place that sets HTML is content.js.
// A component is a set-up function, called once per instance, that returns the view function.

/** @typedef {string | number | boolean | null | undefined} Scalar */
/** @typedef {VNode | Scalar | Child[]} Child */
/**
 * What a component gets: `update()` draws it again in the next frame, `dispose(fn)` runs fn when it goes.
 * @typedef {{ update: () => void, dispose: (fn: () => void) => void }} Self
 */
/** @template P @typedef {(self: Self, props: P) => (props: P) => Child} Component */
/**
 * @typedef {object} VNode
 * @property {string | Function} tag
 * @property {Record<string, any>} props
 * @property {VNode[]} children
 * @property {string | number | undefined} key
 * @property {string} text
 * @property {Node | null} node
 * @property {Instance | null} instance
 */
/**
 * @typedef {object} Instance
 * @property {(props: any) => Child} view
 * @property {any} props
 * @property {VNode} drawn
 * @property {boolean} svg
 * @property {boolean} gone
 * @property {(() => void)[]} cleanups
 */

const TEXT = '#text'
const SVG = 'http://www.w3.org/2000/svg'
const PROPERTIES = new Set(['value', 'checked', 'selected', 'disabled', 'indeterminate', 'muted', 'readOnly', 'tabIndex', 'scrollTop'])
const RESERVED = new Set(['key', 'ref', 'after', 'same'])

/**
 * Describe an element or a component.
 * Props: attributes; `on…` listeners; `class`; `style` (an object); `key`; `ref(node)` after it is in the page, may
 * return a clean-up; `after(node)` after every drawing; for components `same`: an array, equal to the last one = not drawn again.
 * @param {string | Component<any>} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Child} children
 * @returns {VNode}
 */
export function h(tag, props, ...children) {
  const p = props ?? {}
  return { tag, props: p, children: flatten(children, []), key: p.key, text: '', node: null, instance: null }
}

/** @param {Child[]} children @param {VNode[]} out */
function flatten(children, out) {
  for (const child of children) {
    if (Array.isArray(child)) flatten(child, out)
    else if (child === null || child === undefined || typeof child === 'boolean') continue
    else if (typeof child === 'object') out.push(child)
    else out.push(textNode(String(child)))
  }
  return out
}

/** @param {string} text @returns {VNode} */
function textNode(text) {
  return { tag: TEXT, props: {}, children: [], key: undefined, text, node: null, instance: null }
}

/** @param {Child} child @returns {VNode} */
function single(child) {
  const all = flatten([child], [])
  if (all.length > 1) throw new Error('a component draws one element')
  return all[0] ?? textNode('')
}

/** Callbacks that must see the finished page. @type {(() => void)[]} */
let afterwards = []

/** @type {WeakMap<Element, VNode>} */
const roots = new WeakMap()

/** @param {Child} child @param {Element} container */
export function render(child, container) {
  const next = single(child)
  const old = roots.get(container)
  keepFocus(() => {
    if (old) patch(container, old, next, false)
    else container.append(create(next, false))
    roots.set(container, next)
  })
}

/** Take everything out of a container and run the clean-ups. @param {Element} container */
export function unmount(container) {
  const old = roots.get(container)
  if (!old) return
  roots.delete(container)
  dispose(old)
  domOf(old).parentNode?.removeChild(domOf(old))
}

/** A node that is moved loses the focus: give it back. @param {() => void} work */
function keepFocus(work) {
  const active = document.activeElement
  work()
  if (active instanceof HTMLElement && active !== document.activeElement && active.isConnected) active.focus({ preventScroll: true })
  const run = afterwards
  afterwards = []
  for (const fn of run) fn()
}

/** @param {VNode} vnode @returns {Node} */
function domOf(vnode) {
  return vnode.instance ? domOf(vnode.instance.drawn) : /** @type {Node} */ (vnode.node)
}

/** @param {VNode} vnode @param {boolean} svg @returns {Node} */
function create(vnode, svg) {
  if (vnode.tag === TEXT) return (vnode.node = document.createTextNode(vnode.text))
  if (typeof vnode.tag === 'function') return createComponent(vnode, svg)
  const inSvg = svg || vnode.tag === 'svg'
  const node = inSvg ? document.createElementNS(SVG, vnode.tag) : document.createElement(vnode.tag)
  vnode.node = node
  for (const child of vnode.children) node.append(create(child, inSvg))
  setProps(node, {}, vnode.props)
  const { ref, after } = vnode.props
  if (ref) afterwards.push(() => { vnode.props.cleanup = ref(node) })
  if (after) afterwards.push(() => after(node))
  return node
}

/** @param {VNode} vnode @param {boolean} svg */
function createComponent(vnode, svg) {
  /** @type {Instance} */
  const instance = { view: () => null, props: vnode.props, drawn: textNode(''), svg, gone: false, cleanups: [] }
  const self = { update: () => schedule(instance), dispose: (/** @type {() => void} */ fn) => { instance.cleanups.push(fn) } }
  vnode.instance = instance
  instance.view = guarded(() => /** @type {Function} */ (vnode.tag)(self, vnode.props), () => null)
  instance.drawn = draw(instance)
  return create(instance.drawn, svg)
}

/** @param {Instance} instance */
function draw(instance) {
  return guarded(() => single(instance.view(instance.props)), () => h('p', { class: 'broken', role: 'alert' }, 'This part could not be shown.'))
}

/** One broken part must not take the page with it. @template T @param {() => T} work @param {() => T} otherwise */
function guarded(work, otherwise) {
  try {
    return work()
  } catch (error) {
    reportError(error)
    return otherwise()
  }
}

/** @type {Set<Instance>} */
const dirty = new Set()

/** @param {Instance} instance */
function schedule(instance) {
  if (instance.gone) return
  if (dirty.size === 0) nextFrame(flush)
  dirty.add(instance)
}

/** A hidden page gets no frames: a short time-out stands in. @param {() => void} fn */
export function nextFrame(fn) {
  let done = false
  const once = () => {
    if (done) return
    done = true
    fn()
  }
  requestAnimationFrame(once)
  setTimeout(once, 100)
}

/** Whether keys that are pressed here are letters. @param {EventTarget | null} target */
export const isTyping = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches('input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select'))

/**
 * After what was just asked for has been drawn: if what had the focus has gone, give it to this, or to the heading of the page.
 * @param {string} selector @param {{ always?: boolean }} [options]  `always`: whatever has it, but for somebody who went on to write
 */
export function focusNext(selector, { always = false } = {}) {
  nextFrame(() => nextFrame(() => {
    const lost = !document.activeElement || document.activeElement === document.body
    const target = document.querySelector(selector) ?? (lost ? document.querySelector('main h1') : null)
    if (!(target instanceof HTMLElement) || !(lost || (always && !isTyping(document.activeElement)))) return
    // A heading or a row takes it only when told that it may.
    if (target.tabIndex < 0 && !target.hasAttribute('tabindex')) target.tabIndex = -1
    target.focus()
  }))
}

/**
 * The row that takes the place of one that goes: the next, or the one before.
 * @template {{ id: string }} T @param {readonly T[]} rows @param {string} id @returns {T | undefined}
 */
export function neighbour(rows, id) {
  const at = rows.findIndex((row) => row.id === id)
  return at < 0 ? undefined : rows[at + 1] ?? rows[at - 1]
}

function flush() {
  const now = [...dirty]
  dirty.clear()
  keepFocus(() => {
    for (const instance of now) if (!instance.gone) redraw(instance)
  })
}

/** @param {Instance} instance */
function redraw(instance) {
  const next = draw(instance)
  const old = instance.drawn
  if (next === old) return
  const parent = domOf(old).parentNode
  if (!parent) return
  patch(parent, old, next, instance.svg)
  instance.drawn = next
}

/** @param {VNode} vnode */
function dispose(vnode) {
  if (vnode.instance) {
    vnode.instance.gone = true
    for (const fn of vnode.instance.cleanups) guarded(fn, () => {})
    dispose(vnode.instance.drawn)
    return
  }
  if (vnode.props.cleanup) guarded(vnode.props.cleanup, () => {})
  for (const child of vnode.children) dispose(child)
}

/** @param {Node} parent @param {VNode} old @param {VNode} next @param {boolean} svg */
function patch(parent, old, next, svg) {
  if (old === next) return
  if (old.tag !== next.tag || old.key !== next.key) {
    const before = domOf(old)
    parent.replaceChild(create(next, svg), before)
    dispose(old)
  } else if (next.tag === TEXT) {
    next.node = old.node
    if (old.text !== next.text) /** @type {Text} */ (next.node).data = next.text
  } else if (old.instance) {
    patchComponent(old, next)
  } else {
    const node = /** @type {Element} */ (old.node)
    const inSvg = svg || next.tag === 'svg'
    next.node = node
    patchChildren(node, old.children, next.children, inSvg)
    setProps(node, old.props, next.props)
    next.props.cleanup = old.props.cleanup
    if (next.props.after) afterwards.push(() => next.props.after(node))
  }
}

/** @param {VNode} old @param {VNode} next */
function patchComponent(old, next) {
  const instance = /** @type {Instance} */ (old.instance)
  next.instance = instance
  const before = old.props.same
  const now = next.props.same
  instance.props = next.props
  if (before && now && before.length === now.length && before.every((/** @type {any} */ x, /** @type {number} */ i) => Object.is(x, now[i]))) return
  dirty.delete(instance)
  redraw(instance)
}

/** @param {Element} parent @param {VNode[]} olds @param {VNode[]} nexts @param {boolean} svg */
function patchChildren(parent, olds, nexts, svg) {
  if (olds.length === 0 && nexts.length === 0) return
  /** @type {Map<string | number, VNode>} */
  const keyed = new Map()
  /** @type {VNode[]} */
  const loose = []
  for (const old of olds) {
    if (old.key === undefined) loose.push(old)
    else keyed.set(old.key, old)
  }
  let taken = 0
  const pairs = nexts.map((next) => {
    if (next.key !== undefined) {
      const old = keyed.get(next.key)
      if (old?.tag === next.tag) keyed.delete(next.key)
      return old?.tag === next.tag ? old : null
    }
    const at = loose.findIndex((old, i) => i >= taken && old.tag === next.tag)
    if (at < 0) return null
    const [old] = loose.splice(at, 1)
    loose.splice(taken, 0, old)
    taken += 1
    return old
  })
  for (const old of [...keyed.values(), ...loose.slice(taken)]) {
    dispose(old)
    parent.removeChild(domOf(old))
  }
  /** @type {Node | null} */
  let cursor = parent.firstChild
  nexts.forEach((next, i) => {
    const old = pairs[i]
    if (old) patch(parent, old, next, svg)
    const node = old ? domOf(next) : create(next, svg)
    // A patch may have replaced the node that the cursor stood on.
    if (old && cursor && cursor.parentNode !== parent) cursor = node
    if (node === cursor) cursor = node.nextSibling
    else parent.insertBefore(node, cursor)
  })
}

/** @param {Element} node @param {Record<string, any>} old @param {Record<string, any>} next */
function setProps(node, old, next) {
  for (const name in old) if (!(name in next) && !RESERVED.has(name) && name !== 'cleanup') setProp(node, name, old[name], undefined)
  for (const name in next) {
    if (RESERVED.has(name) || name === 'cleanup') continue
    // What the user typed may differ from what was drawn last.
    const before = name === 'value' || name === 'checked' ? undefined : old[name]
    if (before !== next[name] || name === 'value') setProp(node, name, old[name], next[name])
  }
}

/** @param {any} node @param {string} name @param {any} old @param {any} value */
function setProp(node, name, old, value) {
  if (name.startsWith('on')) listen(node, name.slice(2), value)
  else if (name === 'style') setStyle(node, old ?? {}, value ?? {})
  else if (PROPERTIES.has(name)) {
    const wanted = value ?? (name === 'value' ? '' : name === 'tabIndex' ? -1 : false)
    if (node[name] !== wanted) node[name] = wanted
  } else if (value === undefined || value === null || (value === false && !name.startsWith('aria-'))) node.removeAttribute(name)
  else node.setAttribute(name, value === true && !name.startsWith('aria-') ? '' : String(value))
}

/** Custom properties and others, by script: the page's policy forbids style attributes. @param {HTMLElement} node @param {Record<string, string>} old @param {Record<string, string>} next */
function setStyle(node, old, next) {
  for (const name in old) if (!(name in next)) node.style.removeProperty(name)
  for (const name in next) if (old[name] !== next[name]) node.style.setProperty(name, next[name])
}

/** One real listener per event and element, whatever the drawn function is. @type {WeakMap<Element, Record<string, ((event: Event) => void) | undefined>>} */
const listeners = new WeakMap()

/** @param {Element} node @param {string} type @param {((event: Event) => void) | undefined} fn */
function listen(node, type, fn) {
  let all = listeners.get(node)
  if (!all) listeners.set(node, (all = {}))
  if (!(type in all)) node.addEventListener(type, dispatch)
  all[type] = fn
}

/** @this {Element} @param {Event} event */
function dispatch(event) {
  listeners.get(this)?.[event.type]?.call(this, event)
}
