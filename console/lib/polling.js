// Asks again and again while a page is looked at: never twice at once, not while it is hidden, and at once when it is seen again.

/**
 * @param {number} ms between the end of one question and the next
 * @param {() => Promise<void>} ask  must not reject: what fails is the page's to show
 * @returns {{ now: () => void, stop: () => void }}
 */
export function poll(ms, ask) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let busy = false
  let stopped = false
  const go = async () => {
    if (busy || stopped || document.hidden) return
    clearTimeout(timer)
    busy = true
    try {
      await ask()
    } finally {
      busy = false
      if (!stopped) timer = setTimeout(go, ms)
    }
  }
  document.addEventListener('visibilitychange', go)
  go()
  return {
    now: go,
    stop() {
      stopped = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', go)
    },
  }
}
