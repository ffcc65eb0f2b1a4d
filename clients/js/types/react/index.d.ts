export { ColloquyProvider, useColloquy, useConnection } from './context.js';
export { useBot, usePresence, useTyping } from './bot.js';
export { useDocuments } from './documents.js';
export { useEvents } from './events.js';
export { useNotifications } from './notifications.js';
export { useSession } from './session.js';
