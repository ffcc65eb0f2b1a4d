// A load whose failure is shown: what went wrong stands until it is tried again, by a person or by the next connection.

import { colloquy } from './session.js'

/**
 * Runs once at a time. `self` is drawn again when it begins and ends.
 * @param {import('./dom.js').Self} self @param {() => Promise<unknown>} work
 */
export function makeLoad(self, work) {
  /** @type {unknown} */
  let failure
  let busy = false
  const load = {
    get busy() { return busy },
    get failure() { return failure },
    async run() {
      if (busy) return
      busy = true
      failure = undefined
      self.update()
      try {
        await work()
      } catch (error) {
        failure = error
      }
      busy = false
      self.update()
    },
  }
  self.dispose(colloquy.on('state', ({ state }) => { if (state === 'open' && failure) load.run() }))
  return load
}
