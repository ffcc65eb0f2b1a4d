export type Bot = import('./types.js').Bot;
export type Json = import('./types.js').Json;
export type Notification = import('./types.js').Notification;
export type World = import('./world.js').World;
/** @typedef {import('./types.js').Bot} Bot */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').Notification} Notification */
/** @typedef {import('./world.js').World} World */
/**
 * @param {World} world
 * @param {string} user
 * @param {string} notification_type
 * @param {{title: string, message: string, bot?: Bot | null, action: string, details?: Json}} what
 */
export declare function notify(world: World, user: string, notification_type: string, { title, message, bot, action, details }: {
    title: string;
    message: string;
    bot?: Bot | null;
    action: string;
    details?: Json;
}): import("./types.js").Notification;
/**
 * @param {World} world
 * @param {string} user
 */
export declare function unread(world: World, user: string): number;
/** One about a bot that is out of sight keeps its type alone. @param {World} world @param {Notification} item */
export declare function notificationView(world: World, { user_id, ...item }: Notification): {
    id: string;
    notification_type: string;
    title: string;
    message: string;
    bot_id: string | null;
    action: string;
    details: import("./types.js").Json;
    created_at: string;
    read_at: string | null;
};
/** The same for one that is replayed. @param {World} world @param {string} user @param {Json} frame @returns {Json} */
export declare function replayed(world: World, user: string, frame: Json): Json;
/**
 * Marks one, or all (`id` null), as read.
 * @param {World} world
 * @param {string} user
 * @param {string | null} id
 */
export declare function markRead(world: World, user: string, id: string | null): import("./types.js").Notification;
/**
 * @param {World} world
 * @param {string} user
 * @param {string} id
 */
export declare function dismiss(world: World, user: string, id: string): void;
