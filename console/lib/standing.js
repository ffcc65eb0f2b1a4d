// How the connection stands, for all who show it: open, trying, or lost, which is trying for so long that people should know.
// What the client itself knows of it is `colloquy.state`; this adds the time.

import { colloquy } from './session.js'

/** Milliseconds without a connection after which it counts as lost. Attempts go on. */
const PATIENCE = 10_000

/** @typedef {'open' | 'trying' | 'lost'} Standing */

let lost = false
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
/** @type {Set<() => void>} */
const watchers = new Set()

/** The server's name for the connection of this page. @type {string | null} */
let connection = null
export const connectionId = () => connection
/** While none is open its greeting is listened for: that alone tells the name. */
let unlisten = () => {}

function listen() {
  unlisten()
  unlisten = colloquy.on('frame', ({ frame }) => {
    if (frame.type === 'connection_established') connection = frame.data.connection_id
  })
}
listen()

/** @returns {Standing} */
export const standing = () => (colloquy.state === 'open' ? 'open' : lost ? 'lost' : 'trying')

/** @param {() => void} fn @returns {() => void} */
export function onStanding(fn) {
  watchers.add(fn)
  return () => { watchers.delete(fn) }
}

function changed() {
  for (const fn of [...watchers]) fn()
}

function wait() {
  timer ??= setTimeout(() => {
    lost = true
    changed()
  }, PATIENCE)
}

colloquy.on('state', ({ state }) => {
  if (state === 'open') unlisten()
  else {
    connection = null
    listen()
  }
  if (state === 'open' || state === 'closed') {
    clearTimeout(timer)
    timer = undefined
    lost = false
  } else wait()
  changed()
})
