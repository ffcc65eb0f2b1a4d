// Hooks for React 18 and later (`colloquy/react`). The state lives in the client (colloquy/state); here it is read.

export { ColloquyProvider, useColloquy, useConnection } from './context.js'
export { useBot, usePresence, useTyping } from './bot.js'
export { useDocuments } from './documents.js'
export { useEvents } from './events.js'
export { useNotifications } from './notifications.js'
export { useSession } from './session.js'
