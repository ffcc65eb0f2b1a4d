import type { Frame, Notification, NotificationView } from './types.js';
export type NotificationModel = NotificationView & {
    book: {
        counted: number;
    };
};
/** @import { Frame, Notification, NotificationView } from './types.js' */
/** @typedef {NotificationView & { book: { counted: number } }} NotificationModel  `counted`: the number that `unread` is as of. */
/** @returns {NotificationModel} */
export declare function emptyNotifications(): NotificationModel;
/**
 * @param {NotificationModel} model
 * @param {Frame} frame
 * @returns {NotificationModel}
 */
export declare function reduceNotifications(model: NotificationModel, frame: Frame): NotificationModel;
/**
 * @param {NotificationModel} model
 * @param {string} id
 * @param {string} at
 */
export declare function read(model: NotificationModel, id: string, at: string): {
    status: 'loading' | 'live' | 'away' | 'gone';
    code?: string;
    unread: number;
    more: boolean;
    loading: boolean;
    seq: number;
    book: {
        counted: number;
    };
    items: readonly Notification[];
};
/**
 * @param {NotificationModel} model
 * @param {string} at
 */
export declare function allRead(model: NotificationModel, at: string): NotificationModel;
/**
 * @param {NotificationModel} model
 * @param {string} id
 */
export declare function dismissed(model: NotificationModel, id: string): NotificationModel;
/**
 * How many are unread, as of a number; without one it is taken as of all that came.
 * @param {NotificationModel} model
 * @param {number} unread
 * @param {number} [seq]
 * @returns {NotificationModel}
 */
export declare function counted(model: NotificationModel, unread: number, seq?: number): NotificationModel;
/**
 * The first page anew, or an older one behind what is there.
 * @param {NotificationModel} model
 * @param {readonly Notification[]} page
 * @param {boolean} more
 * @param {boolean} older
 * @returns {NotificationModel}
 */
export declare function paged(model: NotificationModel, page: readonly Notification[], more: boolean, older: boolean): NotificationModel;
