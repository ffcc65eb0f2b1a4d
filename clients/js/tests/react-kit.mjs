// A document for React in Node, and components rendered into it in StrictMode, as developers have them.

import { Window } from 'happy-dom'

const window = new Window({ url: 'http://127.0.0.1/' })
const NAMES = ['window', 'document', 'Node', 'Element', 'HTMLElement', 'HTMLIFrameElement', 'Event', 'CustomEvent', 'MutationObserver', 'navigator']
for (const name of NAMES) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name], configurable: true, writable: true })
}
globalThis.requestAnimationFrame = (fn) => setTimeout(() => fn(performance.now()), 5)
globalThis.cancelAnimationFrame = (timer) => clearTimeout(timer)

// After the document is there: both look for it when they are loaded.
const { StrictMode, createElement } = await import('react')
const { flushSync } = await import('react-dom')
const { createRoot } = await import('react-dom/client')
const { ColloquyProvider } = await import('../react/index.js')

export { createElement as h }

/** Renders, in StrictMode; unmounted after the test. Resolves to where it is and what ends it. */
export function mount(t, element) {
  const place = document.createElement('div')
  document.body.append(place)
  const errors = []
  const failed = (error) => errors.push(error)
  const root = createRoot(place, { onUncaughtError: failed, onCaughtError: failed, onRecoverableError: failed })
  const render = (shown) => root.render(createElement(StrictMode, null, shown))
  flushSync(() => render(element))
  let mounted = true
  const unmount = () => {
    if (mounted) root.unmount()
    mounted = false
    place.remove()
  }
  t.after(() => {
    unmount()
    if (errors.length) throw errors[0]
  })
  return { place, unmount, render }
}

/**
 * A hook in a component: `result()` is what it gave last, `renders()` how often it was asked.
 */
export function mountHook(t, client, hook) {
  let last
  let count = 0
  const Component = () => {
    last = hook()
    count += 1
    return null
  }
  const { unmount } = mount(t, createElement(ColloquyProvider, { client }, createElement(Component)))
  return { result: () => last, renders: () => count, unmount }
}
