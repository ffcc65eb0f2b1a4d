// What the package `colloquy` gives. The state layer, React hooks and the mock server stand on this.

export { Colloquy } from './colloquy.js'
export { ColloquyError } from './error.js'
export { Channel } from './channel.js'
export { Sent } from './sent.js'
export { BotState, NotificationState } from './state/index.js'
export { localStorageOutbox, localStorageTokens } from './storage.js'
