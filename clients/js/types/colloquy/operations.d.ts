import type * as schema from './schema.js';
import type { CallOptions } from './rest.js';
export type Operation = {
    method: string;
    path: string;
    query?: readonly string[];
    body?: 'json' | 'form';
    answer?: 'nothing' | 'response';
    key?: boolean;
    anonymous?: boolean;
};
/** @import * as schema from './schema.js' */
/** @import { CallOptions } from './rest.js' */
/**
 * @typedef {object} Operation
 * @property {string} method
 * @property {string} path
 * @property {readonly string[]} [query]
 * @property {'json' | 'form'} [body]
 * @property {'nothing' | 'response'} [answer]
 * @property {boolean} [key]
 * @property {boolean} [anonymous]
 */
/** @type {Readonly<Record<string, Operation>>} */
export declare const operations: Readonly<Record<string, Operation>>;
export type Api = {
    /**
     * Make an account
     */
    register: (args: schema.RegisterBody, options?: CallOptions) => Promise<schema.SignedIn>;
    /**
     * Log in
     */
    login: (args: schema.LoginBody, options?: CallOptions) => Promise<schema.SignedIn>;
    /**
     * Exchange a refresh token for a new pair
     */
    refresh: (args: schema.RefreshBody, options?: CallOptions) => Promise<schema.SignedIn>;
    /**
     * Log out
     */
    logout: (args?: schema.LogoutBody, options?: CallOptions) => Promise<void>;
    /**
     * One's own account
     */
    getMe: (args?: {} | null, options?: CallOptions) => Promise<schema.User>;
    /**
     * Change one's own account
     */
    changeMe: (args?: schema.MeBody, options?: CallOptions) => Promise<schema.User>;
    /**
     * Delete one's own account
     */
    deleteMe: (args: schema.DeleteMeBody, options?: CallOptions) => Promise<void>;
    /**
     * Set a new password
     */
    setPassword: (args: schema.PasswordBody, options?: CallOptions) => Promise<void>;
    /**
     * Get a ticket for one socket
     */
    createTicket: (args?: {} | null, options?: CallOptions) => Promise<schema.TicketView>;
    /**
     * Find people to share with
     */
    findUsers: (args?: {
        q?: string | number | boolean | null;
        limit?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.PeopleView>;
    /**
     * The bots that one has a role on
     */
    listBots: (args?: {
        role?: string | number | boolean | null;
        q?: string | number | boolean | null;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.BotList>;
    /**
     * Make a bot
     */
    createBot: (args: schema.NewBotBody, options?: CallOptions) => Promise<schema.Bot>;
    /**
     * One bot
     */
    getBot: (args: {
        bot_id: string;
    }, options?: CallOptions) => Promise<schema.Bot>;
    /**
     * Delete a bot and all that is in it
     */
    deleteBot: (args: {
        bot_id: string;
    }, options?: CallOptions) => Promise<void>;
    /**
     * Change a bot's configuration
     */
    changeBot: (args: {
        bot_id: string;
    } & schema.BotChangeBody, options?: CallOptions) => Promise<schema.Bot>;
    /**
     * The configuration's history
     */
    listVersions: (args: {
        bot_id: string;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.VersionList>;
    /**
     * Make an earlier version the newest one
     */
    restoreVersion: (args: {
        bot_id: string;
        n: string | number;
    }, options?: CallOptions) => Promise<schema.Bot>;
    /**
     * Hand a bot over
     */
    transferBot: (args: {
        bot_id: string;
    } & schema.TransferBody, options?: CallOptions) => Promise<schema.Bot>;
    /**
     * A consistent state and the number to subscribe from
     */
    getSnapshot: (args: {
        bot_id: string;
        content_html?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.SnapshotView>;
    /**
     * The bot's own model server
     */
    getProvider: (args: {
        bot_id: string;
    }, options?: CallOptions) => Promise<schema.ProviderView>;
    /**
     * Give the bot a model server of its own
     */
    setProvider: (args: {
        bot_id: string;
    } & schema.ProviderBody, options?: CallOptions) => Promise<schema.ProviderView>;
    /**
     * Go back to the model server of the installation
     */
    removeProvider: (args: {
        bot_id: string;
    }, options?: CallOptions) => Promise<void>;
    /**
     * The collaborators
     */
    listPermissions: (args: {
        bot_id: string;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.PermissionList>;
    /**
     * Share a bot with somebody, or change their role
     */
    grantPermission: (args: {
        bot_id: string;
    } & schema.GrantBody, options?: CallOptions) => Promise<schema.Permission>;
    /**
     * Change a collaborator's role
     */
    changePermission: (args: {
        bot_id: string;
        user_id: string;
    } & schema.RoleBody, options?: CallOptions) => Promise<schema.Permission>;
    /**
     * Take a role away, or leave
     */
    revokePermission: (args: {
        bot_id: string;
        user_id: string;
    }, options?: CallOptions) => Promise<void>;
    /**
     * Who did what
     */
    getAudit: (args: {
        bot_id: string;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.AuditList>;
    /**
     * The sessions one may see, newest first
     */
    listSessions: (args: {
        bot_id: string;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.SessionList>;
    /**
     * Open a session
     */
    createSession: (args: {
        bot_id: string;
    } & schema.NewSessionBody, options?: CallOptions) => Promise<schema.Session>;
    /**
     * One session
     */
    getSession: (args: {
        session_id: string;
    }, options?: CallOptions) => Promise<schema.Session>;
    /**
     * Delete a session and its messages
     */
    deleteSession: (args: {
        session_id: string;
    }, options?: CallOptions) => Promise<void>;
    /**
     * Rename, close or reopen a session
     */
    changeSession: (args: {
        session_id: string;
    } & schema.SessionChangeBody, options?: CallOptions) => Promise<schema.Session>;
    /**
     * Set one's read marker
     */
    markRead: (args: {
        session_id: string;
    } & schema.ReadBody, options?: CallOptions) => Promise<schema.MarkerView>;
    /**
     * The messages of a session
     */
    listMessages: (args: {
        session_id: string;
        before?: string | number | boolean | null;
        after?: string | number | boolean | null;
        limit?: string | number | boolean | null;
        content_html?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.MessageList>;
    /**
     * Post a message
     */
    postMessage: (args: {
        session_id: string;
    } & schema.NewMessageBody, options?: CallOptions) => Promise<schema.PostedView>;
    /**
     * Delete a message
     */
    deleteMessage: (args: {
        message_id: string;
    }, options?: CallOptions) => Promise<void>;
    /**
     * Edit one's own message
     */
    editMessage: (args: {
        message_id: string;
    } & schema.EditBody, options?: CallOptions) => Promise<schema.Message>;
    /**
     * Full-text search over the messages one may see, newest first
     */
    searchMessages: (args: {
        bot_id: string;
        q?: string | number | boolean | null;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
        content_html?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.MessageList>;
    /**
     * The HTML of a text
     */
    renderMarkdown: (args: schema.MarkdownBody, options?: CallOptions) => Promise<schema.MarkdownView>;
    /**
     * Stop an answer
     */
    cancelAnswer: (args: {
        message_id: string;
    }, options?: CallOptions) => Promise<schema.EndedView>;
    /**
     * Ask for another answer to the same question
     */
    regenerateAnswer: (args: {
        message_id: string;
    }, options?: CallOptions) => Promise<schema.AskedView>;
    /**
     * The documents of a bot, newest first
     */
    listDocuments: (args: {
        bot_id: string;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.DocumentList>;
    /**
     * Upload a file for the bot to answer from
     */
    uploadDocument: (args: {
        bot_id: string;
        file: Blob;
        filename?: string;
    }, options?: CallOptions) => Promise<schema.Document>;
    /**
     * One document
     */
    getDocument: (args: {
        document_id: string;
    }, options?: CallOptions) => Promise<schema.Document>;
    /**
     * Delete a document and all that was made of it
     */
    deleteDocument: (args: {
        document_id: string;
    }, options?: CallOptions) => Promise<schema.RemovedView>;
    /**
     * The file as it was uploaded
     */
    downloadDocument: (args: {
        document_id: string;
    }, options?: CallOptions) => Promise<Response>;
    /**
     * One piece of a document's text with its neighbours
     */
    getPassage: (args: {
        document_id: string;
        n: string | number;
    }, options?: CallOptions) => Promise<schema.PassageInPlace>;
    /**
     * Read a document once more
     */
    reprocessDocument: (args: {
        document_id: string;
    }, options?: CallOptions) => Promise<schema.Document>;
    /**
     * Stop the work on a document
     */
    cancelDocument: (args: {
        document_id: string;
    }, options?: CallOptions) => Promise<schema.Document>;
    /**
     * The passages of a bot's documents that fit a question best
     */
    searchDocuments: (args: {
        bot_id: string;
    } & schema.SearchBody, options?: CallOptions) => Promise<schema.PassageList>;
    /**
     * Events by number
     */
    listEvents: (args: {
        bot_id: string;
        since?: string | number | boolean | null;
        epoch?: string | number | boolean | null;
        limit?: string | number | boolean | null;
        wait?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.HistoryView>;
    /**
     * Events as they come, as Server-Sent Events
     */
    streamEvents: (args: {
        bot_id: string;
        since?: string | number | boolean | null;
        epoch?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<Response>;
    /**
     * Who is here now
     */
    getPresence: (args: {
        bot_id: string;
    }, options?: CallOptions) => Promise<schema.PresenceView>;
    /**
     * One's notifications, newest first
     */
    listNotifications: (args?: {
        unread?: string | number | boolean | null;
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.NotificationList>;
    /**
     * How many are unread
     */
    countUnread: (args?: {} | null, options?: CallOptions) => Promise<schema.UnreadView>;
    /**
     * Mark one as read
     */
    readNotification: (args: {
        notification_id: string;
    }, options?: CallOptions) => Promise<schema.Notification>;
    /**
     * Mark all as read
     */
    readAllNotifications: (args?: {} | null, options?: CallOptions) => Promise<schema.UnreadView>;
    /**
     * Dismiss one
     */
    dismissNotification: (args: {
        notification_id: string;
    }, options?: CallOptions) => Promise<void>;
    /**
     * The people of the tenant
     */
    adminListUsers: (args?: {
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.UserList>;
    /**
     * Change a person's role, disable or enable them
     */
    adminChangeUser: (args: {
        user_id: string;
    } & schema.UserChangeBody, options?: CallOptions) => Promise<schema.User>;
    /**
     * The bots of the tenant: that they exist, whose they are, how large
     */
    adminListBots: (args?: {
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.BotList>;
    /**
     * Suspend or resume a bot
     */
    adminChangeBot: (args: {
        bot_id: string;
    } & schema.SuspendBody, options?: CallOptions) => Promise<schema.Bot>;
    /**
     * Tell everybody something
     */
    broadcast: (args: schema.BroadcastBody, options?: CallOptions) => Promise<schema.ToldView>;
    /**
     * Figures of the open sockets
     */
    socketStats: (args?: {} | null, options?: CallOptions) => Promise<any>;
    /**
     * Who is connected to what
     */
    socketConnections: (args?: {} | null, options?: CallOptions) => Promise<any>;
    /**
     * Close a socket
     */
    closeConnection: (args: {
        connection_id: string;
    }, options?: CallOptions) => Promise<void>;
    /**
     * What is being done in the background
     */
    adminListTasks: (args?: {
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.TaskList>;
    /**
     * Who did what in the tenant
     */
    adminAudit: (args?: {
        limit?: string | number | boolean | null;
        cursor?: string | number | boolean | null;
    }, options?: CallOptions) => Promise<schema.AuditList>;
};
/**
 * @typedef {object} Api
 * @property {(args: schema.RegisterBody, options?: CallOptions) => Promise<schema.SignedIn>} register Make an account
 * @property {(args: schema.LoginBody, options?: CallOptions) => Promise<schema.SignedIn>} login Log in
 * @property {(args: schema.RefreshBody, options?: CallOptions) => Promise<schema.SignedIn>} refresh Exchange a refresh token for a new pair
 * @property {(args?: schema.LogoutBody, options?: CallOptions) => Promise<void>} logout Log out
 * @property {(args?: {} | null, options?: CallOptions) => Promise<schema.User>} getMe One's own account
 * @property {(args?: schema.MeBody, options?: CallOptions) => Promise<schema.User>} changeMe Change one's own account
 * @property {(args: schema.DeleteMeBody, options?: CallOptions) => Promise<void>} deleteMe Delete one's own account
 * @property {(args: schema.PasswordBody, options?: CallOptions) => Promise<void>} setPassword Set a new password
 * @property {(args?: {} | null, options?: CallOptions) => Promise<schema.TicketView>} createTicket Get a ticket for one socket
 * @property {(args?: {q?: string | number | boolean | null, limit?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.PeopleView>} findUsers Find people to share with
 * @property {(args?: {role?: string | number | boolean | null, q?: string | number | boolean | null, limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.BotList>} listBots The bots that one has a role on
 * @property {(args: schema.NewBotBody, options?: CallOptions) => Promise<schema.Bot>} createBot Make a bot
 * @property {(args: {bot_id: string}, options?: CallOptions) => Promise<schema.Bot>} getBot One bot
 * @property {(args: {bot_id: string}, options?: CallOptions) => Promise<void>} deleteBot Delete a bot and all that is in it
 * @property {(args: {bot_id: string} & schema.BotChangeBody, options?: CallOptions) => Promise<schema.Bot>} changeBot Change a bot's configuration
 * @property {(args: {bot_id: string, limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.VersionList>} listVersions The configuration's history
 * @property {(args: {bot_id: string, n: string | number}, options?: CallOptions) => Promise<schema.Bot>} restoreVersion Make an earlier version the newest one
 * @property {(args: {bot_id: string} & schema.TransferBody, options?: CallOptions) => Promise<schema.Bot>} transferBot Hand a bot over
 * @property {(args: {bot_id: string, content_html?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.SnapshotView>} getSnapshot A consistent state and the number to subscribe from
 * @property {(args: {bot_id: string}, options?: CallOptions) => Promise<schema.ProviderView>} getProvider The bot's own model server
 * @property {(args: {bot_id: string} & schema.ProviderBody, options?: CallOptions) => Promise<schema.ProviderView>} setProvider Give the bot a model server of its own
 * @property {(args: {bot_id: string}, options?: CallOptions) => Promise<void>} removeProvider Go back to the model server of the installation
 * @property {(args: {bot_id: string, limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.PermissionList>} listPermissions The collaborators
 * @property {(args: {bot_id: string} & schema.GrantBody, options?: CallOptions) => Promise<schema.Permission>} grantPermission Share a bot with somebody, or change their role
 * @property {(args: {bot_id: string, user_id: string} & schema.RoleBody, options?: CallOptions) => Promise<schema.Permission>} changePermission Change a collaborator's role
 * @property {(args: {bot_id: string, user_id: string}, options?: CallOptions) => Promise<void>} revokePermission Take a role away, or leave
 * @property {(args: {bot_id: string, limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.AuditList>} getAudit Who did what
 * @property {(args: {bot_id: string, limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.SessionList>} listSessions The sessions one may see, newest first
 * @property {(args: {bot_id: string} & schema.NewSessionBody, options?: CallOptions) => Promise<schema.Session>} createSession Open a session
 * @property {(args: {session_id: string}, options?: CallOptions) => Promise<schema.Session>} getSession One session
 * @property {(args: {session_id: string}, options?: CallOptions) => Promise<void>} deleteSession Delete a session and its messages
 * @property {(args: {session_id: string} & schema.SessionChangeBody, options?: CallOptions) => Promise<schema.Session>} changeSession Rename, close or reopen a session
 * @property {(args: {session_id: string} & schema.ReadBody, options?: CallOptions) => Promise<schema.MarkerView>} markRead Set one's read marker
 * @property {(args: {session_id: string, before?: string | number | boolean | null, after?: string | number | boolean | null, limit?: string | number | boolean | null, content_html?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.MessageList>} listMessages The messages of a session
 * @property {(args: {session_id: string} & schema.NewMessageBody, options?: CallOptions) => Promise<schema.PostedView>} postMessage Post a message
 * @property {(args: {message_id: string}, options?: CallOptions) => Promise<void>} deleteMessage Delete a message
 * @property {(args: {message_id: string} & schema.EditBody, options?: CallOptions) => Promise<schema.Message>} editMessage Edit one's own message
 * @property {(args: {bot_id: string, q?: string | number | boolean | null, limit?: string | number | boolean | null, cursor?: string | number | boolean | null, content_html?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.MessageList>} searchMessages Full-text search over the messages one may see, newest first
 * @property {(args: schema.MarkdownBody, options?: CallOptions) => Promise<schema.MarkdownView>} renderMarkdown The HTML of a text
 * @property {(args: {message_id: string}, options?: CallOptions) => Promise<schema.EndedView>} cancelAnswer Stop an answer
 * @property {(args: {message_id: string}, options?: CallOptions) => Promise<schema.AskedView>} regenerateAnswer Ask for another answer to the same question
 * @property {(args: {bot_id: string, limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.DocumentList>} listDocuments The documents of a bot, newest first
 * @property {(args: {bot_id: string, file: Blob, filename?: string}, options?: CallOptions) => Promise<schema.Document>} uploadDocument Upload a file for the bot to answer from
 * @property {(args: {document_id: string}, options?: CallOptions) => Promise<schema.Document>} getDocument One document
 * @property {(args: {document_id: string}, options?: CallOptions) => Promise<schema.RemovedView>} deleteDocument Delete a document and all that was made of it
 * @property {(args: {document_id: string}, options?: CallOptions) => Promise<Response>} downloadDocument The file as it was uploaded
 * @property {(args: {document_id: string, n: string | number}, options?: CallOptions) => Promise<schema.PassageInPlace>} getPassage One piece of a document's text with its neighbours
 * @property {(args: {document_id: string}, options?: CallOptions) => Promise<schema.Document>} reprocessDocument Read a document once more
 * @property {(args: {document_id: string}, options?: CallOptions) => Promise<schema.Document>} cancelDocument Stop the work on a document
 * @property {(args: {bot_id: string} & schema.SearchBody, options?: CallOptions) => Promise<schema.PassageList>} searchDocuments The passages of a bot's documents that fit a question best
 * @property {(args: {bot_id: string, since?: string | number | boolean | null, epoch?: string | number | boolean | null, limit?: string | number | boolean | null, wait?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.HistoryView>} listEvents Events by number
 * @property {(args: {bot_id: string, since?: string | number | boolean | null, epoch?: string | number | boolean | null}, options?: CallOptions) => Promise<Response>} streamEvents Events as they come, as Server-Sent Events
 * @property {(args: {bot_id: string}, options?: CallOptions) => Promise<schema.PresenceView>} getPresence Who is here now
 * @property {(args?: {unread?: string | number | boolean | null, limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.NotificationList>} listNotifications One's notifications, newest first
 * @property {(args?: {} | null, options?: CallOptions) => Promise<schema.UnreadView>} countUnread How many are unread
 * @property {(args: {notification_id: string}, options?: CallOptions) => Promise<schema.Notification>} readNotification Mark one as read
 * @property {(args?: {} | null, options?: CallOptions) => Promise<schema.UnreadView>} readAllNotifications Mark all as read
 * @property {(args: {notification_id: string}, options?: CallOptions) => Promise<void>} dismissNotification Dismiss one
 * @property {(args?: {limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.UserList>} adminListUsers The people of the tenant
 * @property {(args: {user_id: string} & schema.UserChangeBody, options?: CallOptions) => Promise<schema.User>} adminChangeUser Change a person's role, disable or enable them
 * @property {(args?: {limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.BotList>} adminListBots The bots of the tenant: that they exist, whose they are, how large
 * @property {(args: {bot_id: string} & schema.SuspendBody, options?: CallOptions) => Promise<schema.Bot>} adminChangeBot Suspend or resume a bot
 * @property {(args: schema.BroadcastBody, options?: CallOptions) => Promise<schema.ToldView>} broadcast Tell everybody something
 * @property {(args?: {} | null, options?: CallOptions) => Promise<any>} socketStats Figures of the open sockets
 * @property {(args?: {} | null, options?: CallOptions) => Promise<any>} socketConnections Who is connected to what
 * @property {(args: {connection_id: string}, options?: CallOptions) => Promise<void>} closeConnection Close a socket
 * @property {(args?: {limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.TaskList>} adminListTasks What is being done in the background
 * @property {(args?: {limit?: string | number | boolean | null, cursor?: string | number | boolean | null}, options?: CallOptions) => Promise<schema.AuditList>} adminAudit Who did what in the tenant
 */
