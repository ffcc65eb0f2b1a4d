// Refusals in the form the server gives them (application/problem+json), with its codes and its words.

const TITLES = /** @type {Record<number, string>} */ ({
  400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 409: 'Conflict',
  412: 'Precondition Failed', 415: 'Unsupported Media Type', 422: 'Unprocessable Entity', 426: 'Upgrade Required',
  429: 'Too Many Requests', 500: 'Internal Server Error', 501: 'Not Implemented', 503: 'Service Unavailable',
})

export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} detail
   * @param {Record<string, any>} [more]
   */
  constructor(status, code, detail, more = {}) {
    super(detail)
    this.status = status
    this.code = code
    this.more = more
  }

  /** @param {string} request_id */
  body(request_id) {
    const { status, code, message: detail, more } = this
    return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code, request_id, ...more }
  }
}

const MISSING = /** @type {const} */ ({
  bot: ['bot_not_found', 'There is no such bot.'],
  session: ['session_not_found', 'There is no such session.'],
  message: ['message_not_found', 'There is no such message.'],
  user: ['user_not_found', 'There is no such person.'],
  permission: ['permission_not_found', 'This person has no role on the bot.'],
  notification: ['notification_not_found', 'There is no such notification.'],
  connection: ['connection_not_found', 'There is no such connection.'],
  document: ['document_not_found', 'There is no such document.'],
  page: ['not_found', 'There is nothing here.'],
})

/** @param {keyof typeof MISSING} what */
export const notFound = (what) => new Problem(404, MISSING[what][0], MISSING[what][1])
export const unauthenticated = () => new Problem(401, 'authentication_required', 'A bearer token is needed.')
export const badToken = () => new Problem(401, 'invalid_token', 'The token is not valid (any more).')
export const badRefresh = () => new Problem(401, 'invalid_refresh_token', 'The refresh token is not valid (any more).')
export const badCredentials = () => new Problem(401, 'invalid_credentials', 'Name or password is wrong.')
export const authorOnly = () => new Problem(403, 'author_required', 'Only its author may do this.')
export const adminOnly = () => new Problem(403, 'admin_required', 'This needs an administrator.')
export const lastOwner = () => new Problem(409, 'last_owner', 'A bot keeps at least one owner.')
export const sessionClosed = () => new Problem(409, 'session_closed', 'The session is closed.')
export const nameTaken = () => new Problem(409, 'username_taken', 'This name is taken.')

/** @param {string} role */
export const roleNeeded = (role) => new Problem(403, 'role_required', `This needs the role ${role}.`, { needed_role: role })

/** @param {Array<[field: string, message: string]>} errors */
export const invalid = (...errors) =>
  new Problem(422, 'validation_failed', 'The request has invalid values.', {
    errors: errors.map(([field, message]) => ({ field, message })),
  })
