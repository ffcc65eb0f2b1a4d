// Every REST call, as openapi.yaml has it. Written by scripts/generate.mjs: not to be edited.
// `key`: takes an Idempotency-Key; `anonymous`: needs no log-in; `answer`: what it resolves to, where that is not JSON.

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
export const operations = {
  register: { method: 'POST', path: '/auth/register', body: 'json', anonymous: true },
  login: { method: 'POST', path: '/auth/login', body: 'json', anonymous: true },
  refresh: { method: 'POST', path: '/auth/refresh', body: 'json', anonymous: true },
  logout: { method: 'POST', path: '/auth/logout', body: 'json', answer: 'nothing' },
  getMe: { method: 'GET', path: '/auth/me' },
  changeMe: { method: 'PATCH', path: '/auth/me', body: 'json' },
  deleteMe: { method: 'POST', path: '/auth/me/delete', body: 'json', answer: 'nothing' },
  setPassword: { method: 'PUT', path: '/auth/password', body: 'json', answer: 'nothing' },
  createTicket: { method: 'POST', path: '/auth/ws-ticket' },
  findUsers: { method: 'GET', path: '/users', query: ['q', 'limit'] },
  listBots: { method: 'GET', path: '/bots', query: ['role', 'q', 'limit', 'cursor'] },
  createBot: { method: 'POST', path: '/bots', body: 'json', key: true },
  getBot: { method: 'GET', path: '/bots/{bot_id}' },
  deleteBot: { method: 'DELETE', path: '/bots/{bot_id}', answer: 'nothing' },
  changeBot: { method: 'PATCH', path: '/bots/{bot_id}', body: 'json' },
  listVersions: { method: 'GET', path: '/bots/{bot_id}/versions', query: ['limit', 'cursor'] },
  restoreVersion: { method: 'POST', path: '/bots/{bot_id}/versions/{n}/restore' },
  transferBot: { method: 'POST', path: '/bots/{bot_id}/transfer', body: 'json' },
  getSnapshot: { method: 'GET', path: '/bots/{bot_id}/snapshot', query: ['content_html'] },
  getProvider: { method: 'GET', path: '/bots/{bot_id}/provider' },
  setProvider: { method: 'PUT', path: '/bots/{bot_id}/provider', body: 'json' },
  removeProvider: { method: 'DELETE', path: '/bots/{bot_id}/provider', answer: 'nothing' },
  listPermissions: { method: 'GET', path: '/bots/{bot_id}/permissions', query: ['limit', 'cursor'] },
  grantPermission: { method: 'POST', path: '/bots/{bot_id}/permissions', body: 'json' },
  changePermission: { method: 'PUT', path: '/bots/{bot_id}/permissions/{user_id}', body: 'json' },
  revokePermission: { method: 'DELETE', path: '/bots/{bot_id}/permissions/{user_id}', answer: 'nothing' },
  getAudit: { method: 'GET', path: '/bots/{bot_id}/audit', query: ['limit', 'cursor'] },
  listSessions: { method: 'GET', path: '/bots/{bot_id}/sessions', query: ['limit', 'cursor'] },
  createSession: { method: 'POST', path: '/bots/{bot_id}/sessions', body: 'json', key: true },
  getSession: { method: 'GET', path: '/sessions/{session_id}' },
  deleteSession: { method: 'DELETE', path: '/sessions/{session_id}', answer: 'nothing' },
  changeSession: { method: 'PATCH', path: '/sessions/{session_id}', body: 'json' },
  markRead: { method: 'PUT', path: '/sessions/{session_id}/read', body: 'json' },
  listMessages: { method: 'GET', path: '/sessions/{session_id}/messages', query: ['before', 'after', 'limit', 'content_html'] },
  postMessage: { method: 'POST', path: '/sessions/{session_id}/messages', body: 'json', key: true },
  deleteMessage: { method: 'DELETE', path: '/messages/{message_id}', answer: 'nothing' },
  editMessage: { method: 'PATCH', path: '/messages/{message_id}', body: 'json' },
  searchMessages: { method: 'GET', path: '/bots/{bot_id}/messages/search', query: ['q', 'limit', 'cursor', 'content_html'] },
  renderMarkdown: { method: 'POST', path: '/markdown', body: 'json' },
  cancelAnswer: { method: 'POST', path: '/messages/{message_id}/cancel' },
  regenerateAnswer: { method: 'POST', path: '/messages/{message_id}/regenerate' },
  listDocuments: { method: 'GET', path: '/bots/{bot_id}/documents', query: ['limit', 'cursor'] },
  uploadDocument: { method: 'POST', path: '/bots/{bot_id}/documents', body: 'form', key: true },
  getDocument: { method: 'GET', path: '/documents/{document_id}' },
  deleteDocument: { method: 'DELETE', path: '/documents/{document_id}' },
  downloadDocument: { method: 'GET', path: '/documents/{document_id}/content', answer: 'response' },
  getPassage: { method: 'GET', path: '/documents/{document_id}/chunks/{n}' },
  reprocessDocument: { method: 'POST', path: '/documents/{document_id}/reprocess' },
  cancelDocument: { method: 'POST', path: '/documents/{document_id}/cancel' },
  searchDocuments: { method: 'POST', path: '/bots/{bot_id}/search', body: 'json' },
  listEvents: { method: 'GET', path: '/bots/{bot_id}/events', query: ['since', 'epoch', 'limit', 'wait'] },
  streamEvents: { method: 'GET', path: '/bots/{bot_id}/events/stream', query: ['since', 'epoch'], answer: 'response' },
  getPresence: { method: 'GET', path: '/bots/{bot_id}/presence' },
  listNotifications: { method: 'GET', path: '/notifications', query: ['unread', 'limit', 'cursor'] },
  countUnread: { method: 'GET', path: '/notifications/unread-count' },
  readNotification: { method: 'POST', path: '/notifications/{notification_id}/read' },
  readAllNotifications: { method: 'POST', path: '/notifications/read-all' },
  dismissNotification: { method: 'DELETE', path: '/notifications/{notification_id}', answer: 'nothing' },
  adminListUsers: { method: 'GET', path: '/admin/users', query: ['limit', 'cursor'] },
  adminChangeUser: { method: 'PATCH', path: '/users/{user_id}', body: 'json' },
  adminListBots: { method: 'GET', path: '/admin/bots', query: ['limit', 'cursor'] },
  adminChangeBot: { method: 'PATCH', path: '/admin/bots/{bot_id}', body: 'json' },
  broadcast: { method: 'POST', path: '/admin/broadcast', body: 'json' },
  socketStats: { method: 'GET', path: '/ws/stats' },
  socketConnections: { method: 'GET', path: '/ws/connections' },
  closeConnection: { method: 'DELETE', path: '/ws/connections/{connection_id}', answer: 'nothing' },
  adminListTasks: { method: 'GET', path: '/admin/tasks', query: ['limit', 'cursor'] },
  adminAudit: { method: 'GET', path: '/admin/audit', query: ['limit', 'cursor'] },
}

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
