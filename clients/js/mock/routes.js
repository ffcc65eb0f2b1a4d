// REST as the mock takes it: the paths of openapi.yaml, each with its handler. Whoever asks for something that the server
// has and the mock has not is told so with 501, so that a test does not take it for a missing page.

import { createTicket, logInWith, logOut, refresh, register, userView } from './accounts.js'
import { answersOf, cancelAnswer, regenerateAnswer } from './answers.js'
import { botView, changeBot, createBot, deleteBot, grant, grantView, revoke } from './bots.js'
import {
  changeSession, createSession, deleteMessage, deleteSession, editMessage, listMessages, markRead, messageView, post, sessionsOf, sessionView,
} from './chat.js'
import { cancelDocument, deleteDocument, documentOf, documentsOf, documentView, process, upload } from './documents.js'
import { dismiss, markRead as markNotification, notificationView, unread } from './notifications.js'
import { adminOnly, invalid, notFound, Problem } from './problems.js'

/** @typedef {import('./types.js').Access} Access */
/** @typedef {import('./types.js').Json} Json */
/** @typedef {import('./types.js').User} User */
/** @typedef {import('./world.js').World} World */

/**
 * @typedef {object} Call
 * @property {World} world
 * @property {User} user who asks
 * @property {Access} access
 * @property {Json} path the parameters in it
 * @property {URLSearchParams} query
 * @property {Json} body
 * @property {{name: string, type: string, bytes: Uint8Array} | undefined} file
 * @property {(name: string) => string | null} header
 */
/** @typedef {{status?: number, body?: any, binary?: {bytes: Uint8Array, type: string, filename: string}}} Answer */
/** `keyed`: takes an idempotency key, once the person may do it at all (it throws if not). */
/** @typedef {{open?: boolean, keyed?: (call: Call) => unknown, run(call: Call): Answer | Promise<Answer>}} Handler */
/** @typedef {{method: string, pattern: RegExp, handler: Handler}} Route */

const SEARCH = 50

/** @param {URLSearchParams} query @param {number} [most] */
export function limitOf(query, most = 100) {
  const limit = Number(query.get('limit') ?? 50)
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw invalid(['limit', `must be a number from 1 to ${most}`])
  return limit
}

/** One page: the cursor is the place of the first item that is not on it. @param {any[]} items @param {URLSearchParams} query */
function page(items, query) {
  const [from, limit] = [Number(query.get('cursor') ?? 0), limitOf(query)]
  if (!Number.isInteger(from) || from < 0) throw invalid(['cursor', 'is no cursor'])
  return { body: { items: items.slice(from, from + limit), next_cursor: items.length > from + limit ? String(from + limit) : null } }
}

/** @param {Call} call */
function admin({ user }) {
  if (user.role !== 'admin') throw adminOnly()
}

/** @type {Record<string, Handler>} */
const HANDLERS = {
  'POST /auth/register': { open: true, run: ({ world, body }) => ({ status: 201, body: register(world, body) }) },
  'POST /auth/login': { open: true, run: ({ world, body }) => ({ body: logInWith(world, body) }) },
  'POST /auth/refresh': { open: true, run: ({ world, body }) => ({ body: refresh(world, body) }) },
  'POST /auth/logout': {
    run({ world, access, body }) {
      logOut(world, access, body.all)
      return { status: 204 }
    },
  },
  'GET /auth/me': { run: ({ user }) => ({ body: userView(user) }) },
  'POST /auth/ws-ticket': { run: ({ world, access }) => ({ status: 201, body: createTicket(world, access) }) },
  'GET /users': {
    run({ world, user, query }) {
      const wanted = query.get('q')?.toLowerCase() ?? ''
      const found = [...world.users.values()].filter((one) => one.id !== user.id && one.username.toLowerCase().includes(wanted))
      return page(found.map(({ id, username }) => ({ id, username })), query)
    },
  },

  'POST /bots': { keyed: () => true, run: ({ world, user, body }) => ({ status: 201, body: botView(world, createBot(world, user, body), user.id) }) },
  'GET /bots': {
    run({ world, user, query }) {
      const [role, wanted] = [query.get('role'), query.get('q')?.toLowerCase() ?? '']
      const mine = [...world.bots.values()].filter((bot) => {
        const own = bot.deleted || bot.suspended ? null : world.roleOn(bot, user.id)
        return own && (!role || role === own) && bot.name.toLowerCase().includes(wanted)
      })
      return page(mine.reverse().map((bot) => botView(world, bot, user.id)), query)
    },
  },
  'GET /bots/{bot_id}': { run: ({ world, user, path }) => ({ body: botView(world, world.bot(user.id, path.bot_id), user.id) }) },
  'PATCH /bots/{bot_id}': {
    run({ world, user, path, body, header }) {
      const bot = world.bot(user.id, path.bot_id, 'editor')
      changeBot(world, user, bot, body, header('if-match'))
      return { body: botView(world, bot, user.id) }
    },
  },
  'DELETE /bots/{bot_id}': {
    run({ world, user, path }) {
      deleteBot(world, user, world.bot(user.id, path.bot_id, 'owner'))
      return { status: 204 }
    },
  },
  'GET /bots/{bot_id}/permissions': {
    run: ({ world, user, path, query }) => page([...world.bot(user.id, path.bot_id).grants.values()].map((one) => grantView(world, one)), query),
  },
  'POST /bots/{bot_id}/permissions': {
    run({ world, user, path, body }) {
      const bot = world.bot(user.id, path.bot_id, 'owner')
      const whom = body.user_id === undefined ? world.userNamed(body.username) : world.users.get(body.user_id)
      const done = grant(world, user, bot, whom, body.role, body.expires_at)
      return { status: done.isNew ? 201 : 200, body: grantView(world, done.grant) }
    },
  },
  'PUT /bots/{bot_id}/permissions/{user_id}': {
    run({ world, user, path, body }) {
      const bot = world.bot(user.id, path.bot_id, 'owner')
      if (!bot.grants.has(path.user_id)) throw notFound('permission')
      return { body: grantView(world, grant(world, user, bot, world.users.get(path.user_id), body.role, body.expires_at).grant) }
    },
  },
  'DELETE /bots/{bot_id}/permissions/{user_id}': {
    run({ world, user, path }) {
      const bot = world.bot(user.id, path.bot_id, path.user_id === user.id ? 'viewer' : 'owner')
      revoke(world, user, bot, path.user_id)
      return { status: 204 }
    },
  },
  'GET /bots/{bot_id}/presence': {
    run: ({ world, user, path }) => ({ body: { items: world.live.online(world.bot(user.id, path.bot_id).id, user.id) } }),
  },
  'GET /bots/{bot_id}/snapshot': { run: ({ world, user, path }) => ({ body: snapshot(world, user, path.bot_id) }) },

  'POST /bots/{bot_id}/sessions': {
    keyed: ({ world, user, path }) => world.bot(user.id, path.bot_id),
    run({ world, user, path, body }) {
      const session = createSession(world, user, world.bot(user.id, path.bot_id), body)
      return { status: 201, body: sessionView(world, session, user.id) }
    },
  },
  'GET /bots/{bot_id}/sessions': {
    run({ world, user, path, query }) {
      const sessions = sessionsOf(world, world.bot(user.id, path.bot_id), user.id)
      return page(sessions.map((session) => sessionView(world, session, user.id)), query)
    },
  },
  'GET /sessions/{session_id}': {
    run: ({ world, user, path }) => ({ body: sessionView(world, world.session(user.id, path.session_id).session, user.id) }),
  },
  'PATCH /sessions/{session_id}': {
    run({ world, user, path, body }) {
      const where = world.session(user.id, path.session_id)
      changeSession(world, user, where, body)
      return { body: sessionView(world, where.session, user.id) }
    },
  },
  'DELETE /sessions/{session_id}': {
    run({ world, user, path }) {
      deleteSession(world, user, world.session(user.id, path.session_id))
      return { status: 204 }
    },
  },
  'PUT /sessions/{session_id}/read': {
    run: ({ world, user, path, body }) => ({ body: markRead(world, user, world.session(user.id, path.session_id), body.message_id) }),
  },
  'POST /sessions/{session_id}/messages': {
    keyed: ({ world, user, path }) => world.session(user.id, path.session_id),
    run: ({ world, user, path, body }) => ({ status: 201, body: post(world, user, world.session(user.id, path.session_id), body) }),
  },
  'GET /sessions/{session_id}/messages': {
    run({ world, user, path, query }) {
      const limit = limitOf(query)
      const { session } = world.session(user.id, path.session_id)
      return { body: { items: listMessages(world, session, { before: query.get('before'), after: query.get('after'), limit }), next_cursor: null } }
    },
  },
  'PATCH /messages/{message_id}': {
    run({ world, user, path, body }) {
      const where = world.message(user.id, path.message_id)
      editMessage(world, user, where, body)
      return { body: messageView(where.message) }
    },
  },
  'DELETE /messages/{message_id}': {
    run({ world, user, path }) {
      deleteMessage(world, user, world.message(user.id, path.message_id))
      return { status: 204 }
    },
  },
  'POST /messages/{message_id}/cancel': { run: ({ world, user, path }) => ({ body: cancelAnswer(world, user, path.message_id) }) },
  'POST /messages/{message_id}/regenerate': {
    run: ({ world, user, path }) => ({ status: 202, body: regenerateAnswer(world, user, path.message_id) }),
  },
  'GET /bots/{bot_id}/messages/search': {
    run({ world, user, path, query }) {
      const wanted = query.get('q')?.toLowerCase()
      if (!wanted) throw invalid(['q', 'must not be empty'])
      const all = sessionsOf(world, world.bot(user.id, path.bot_id), user.id).flatMap(({ id }) => world.messages.get(id) ?? [])
      const found = all.filter(({ content }) => content.toLowerCase().includes(wanted)).sort((one, other) => (one.id < other.id ? 1 : -1))
      return page(found.slice(0, SEARCH).map(messageView), query)
    },
  },

  'POST /bots/{bot_id}/documents': {
    keyed: ({ world, user, path }) => world.bot(user.id, path.bot_id, 'editor'),
    async run({ world, user, path, file }) {
      const document = await upload(world, user, world.bot(user.id, path.bot_id, 'editor'), file)
      world.later(() => process(world, document), 0, { keep: true })
      return { status: 202, body: documentView(document) }
    },
  },
  'GET /bots/{bot_id}/documents': {
    run: ({ world, user, path, query }) => page(documentsOf(world, world.bot(user.id, path.bot_id)).map(documentView), query),
  },
  'GET /documents/{document_id}': { run: ({ world, user, path }) => ({ body: documentView(documentOf(world, user.id, path.document_id)) }) },
  'GET /documents/{document_id}/content': {
    run({ world, user, path }) {
      const { bytes, content_type: type, filename } = documentOf(world, user.id, path.document_id)
      return { binary: { bytes, type, filename } }
    },
  },
  'POST /documents/{document_id}/reprocess': {
    run({ world, user, path }) {
      const document = documentOf(world, user.id, path.document_id, 'editor')
      if (!['queued', 'processing'].includes(document.status)) {
        Object.assign(document, { status: 'queued', stage: null, progress: 0, error: null })
        world.later(() => process(world, document), 0, { keep: true })
      }
      return { status: 202, body: documentView(document) }
    },
  },
  'POST /documents/{document_id}/cancel': {
    run({ world, user, path }) {
      const document = documentOf(world, user.id, path.document_id, 'editor')
      cancelDocument(world, user, document)
      return { status: 202, body: documentView(document) }
    },
  },
  'DELETE /documents/{document_id}': {
    run: ({ world, user, path }) => ({ body: deleteDocument(world, user, documentOf(world, user.id, path.document_id, 'editor')) }),
  },

  'GET /notifications': {
    run({ world, user, query }) {
      const items = (world.notifications.get(user.id) ?? []).filter(({ read_at }) => query.get('unread') !== 'true' || read_at === null)
      return page(items.map((item) => notificationView(world, item)), query)
    },
  },
  'GET /notifications/unread-count': { run: ({ world, user }) => ({ body: { unread: unread(world, user.id) } }) },
  'POST /notifications/read-all': {
    run({ world, user }) {
      markNotification(world, user.id, null)
      return { body: { unread: 0 } }
    },
  },
  'POST /notifications/{notification_id}/read': {
    run: ({ world, user, path }) => ({ body: notificationView(world, /** @type {any} */ (markNotification(world, user.id, path.notification_id))) }),
  },
  'DELETE /notifications/{notification_id}': {
    run({ world, user, path }) {
      dismiss(world, user.id, path.notification_id)
      return { status: 204 }
    },
  },

  'GET /ws/connections': {
    run(call) {
      admin(call)
      const peers = [...call.world.peers]
      const about = peers.map((peer) => {
        const bot_id = peer.kind === 'chat' ? [...peer.channels.values()][0]?.bot_id : null
        return [peer.id, { user_id: peer.user_id, kind: peer.kind, bot_id }]
      })
      return { body: { connected_users: [...new Set(peers.map(({ user_id }) => user_id))], connection_metadata: Object.fromEntries(about) } }
    },
  },
  'DELETE /ws/connections/{connection_id}': {
    run(call) {
      admin(call)
      const peer = [...call.world.peers].find(({ id }) => id === call.path.connection_id)
      if (!peer) throw notFound('connection')
      peer.close(1008)
      return { status: 204 }
    },
  },
}

/** @param {World} world @param {User} user @param {string} id */
function snapshot(world, user, id) {
  const bot = world.bot(user.id, id)
  const sessions = sessionsOf(world, bot, user.id).slice(0, 50)
  const messages = Object.fromEntries(sessions.map((session) => [session.id, listMessages(world, session, { limit: 50 })]))
  const answers = answersOf(world, id, user.id).map(({ message_id, session_id, question_id, status, content }) => ({ message_id, session_id, question_id, status, content }))
  const { head: seq, epoch } = world.stream(id)
  return {
    bot: botView(world, bot, user.id), members: [...bot.grants.values()].map((one) => grantView(world, one)),
    sessions: sessions.map((session) => sessionView(world, session, user.id)), messages,
    documents: documentsOf(world, bot).slice(0, 100).map(documentView), more: sessionsOf(world, bot, user.id).length > 50,
    answers, presence: world.live.online(id, user.id), seq, epoch,
  }
}

/** @param {string} template such as `/bots/{bot_id}` */
function patternOf(template) {
  return new RegExp(`^/api${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
}

/** @returns {Route[]} */
export function routes() {
  return Object.entries(HANDLERS).map(([name, handler]) => {
    const [method, template] = name.split(' ')
    return { method, pattern: patternOf(template), handler }
  })
}

/** What the server has and the mock has not. A test compares both lists with openapi.yaml. */
const NOT_MOCKED = [
  'PATCH /auth/me', 'POST /auth/me/delete', 'PUT /auth/password', 'GET /bots/{bot_id}/versions', 'POST /bots/{bot_id}/versions/{version}/restore',
  'POST /bots/{bot_id}/transfer', 'GET /bots/{bot_id}/provider', 'PUT /bots/{bot_id}/provider', 'DELETE /bots/{bot_id}/provider',
  'GET /bots/{bot_id}/audit', 'GET /documents/{document_id}/chunks/{n}', 'POST /bots/{bot_id}/search', 'POST /markdown', 'GET /admin/users',
  'PATCH /users/{user_id}', 'GET /admin/bots', 'PATCH /admin/bots/{bot_id}', 'POST /admin/broadcast', 'GET /ws/stats', 'GET /admin/tasks', 'GET /admin/audit',
]

/** The refusal of an operation that the mock has not; undefined: neither has the server. @param {string} method @param {string} path */
export function notMocked(method, path) {
  const known = NOT_MOCKED.map((name) => name.split(' ')).some(([of, template]) => of === method && patternOf(template).test(path))
  if (!known) return undefined
  return new Problem(501, 'not_mocked', `The mock server does not take ${method} ${path}; a test can answer it with mock.route().`)
}

/** Every operation by method and path: those that are mocked, and those that are not. */
export function operations() {
  return { mocked: Object.keys(HANDLERS), notMocked: NOT_MOCKED }
}
