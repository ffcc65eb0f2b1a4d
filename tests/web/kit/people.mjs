// People who use the server over REST as anyone would: they register, make bots, grant roles, open sessions, post. Plain
// fetch, none of the clients under test. Also a small cast with a role each, for tests that need more than one person.

/** A refusal, with the problem the server gave. */
export class Refused extends Error {
  constructor(method, path, status, problem) {
    super(`${method} ${path}: ${status} ${problem?.code ?? ''} ${problem?.detail ?? ''}`.trim());
    this.status = status;
    this.code = problem?.code;
    this.problem = problem;
  }
}

const PASSWORD = 'correct horse battery';
let counter = 0;

/** A name nobody has on any server of this process. */
export function freshName(stem) {
  counter += 1;
  return `${stem}-${process.pid.toString(36)}${counter.toString(36)}`;
}

export class Person {
  constructor(url, username, password, answer) {
    this.url = url;
    this.username = username;
    this.password = password;
    this.user = answer.user;
    this.tokens = { access_token: answer.access_token, refresh_token: answer.refresh_token };
  }

  get id() {
    return this.user.id;
  }

  /** Registers. `url` is the server's, or a proxy's in front of it. */
  static async register(url, username = freshName('ann'), password = PASSWORD) {
    return new Person(url, username, password, await request(url, 'POST', '/auth/register', { body: { username, password } }));
  }

  /** The same person from another device: a log-in of its own. */
  async again() {
    const { username, password } = this;
    return new Person(this.url, username, password, await request(this.url, 'POST', '/auth/login', { body: { username, password } }));
  }

  /** One REST call; `path` without `/api`. Resolves to the parsed body, rejects with Refused. */
  call(method, path, body, headers = {}) {
    const authorized = { Authorization: `Bearer ${this.tokens.access_token}`, ...headers };
    return request(this.url, method, path, { body, headers: authorized });
  }

  get(path) {
    return this.call('GET', path);
  }

  async refresh() {
    const { refresh_token } = this.tokens;
    const answer = await request(this.url, 'POST', '/auth/refresh', { body: { refresh_token } });
    this.tokens = { access_token: answer.access_token, refresh_token: answer.refresh_token };
    return this.tokens;
  }

  logOut(all = false) {
    return this.call('POST', '/auth/logout', { all });
  }

  createBot(name = 'Librarian', fields = {}) {
    return this.call('POST', '/bots', { name, ...fields });
  }

  snapshot(bot) {
    return this.get(`/bots/${idOf(bot)}/snapshot`);
  }

  grant(bot, person, role = 'viewer', fields = {}) {
    return this.call('POST', `/bots/${idOf(bot)}/permissions`, { username: person.username, role, ...fields });
  }

  revoke(bot, person) {
    return this.call('DELETE', `/bots/${idOf(bot)}/permissions/${person.id}`);
  }

  createSession(bot, fields = {}) {
    return this.call('POST', `/bots/${idOf(bot)}/sessions`, fields);
  }

  closeSession(session) {
    return this.call('PATCH', `/sessions/${idOf(session)}`, { status: 'closed' });
  }

  /** Posts to the people of a session; with `reply: true` to its bot too. Resolves to the message. */
  async post(session, content, { reply = false, key, ...fields } = {}) {
    const headers = key ? { 'Idempotency-Key': key } : {};
    const { message } = await this.call('POST', `/sessions/${idOf(session)}/messages`, { content, reply, ...fields }, headers);
    return message;
  }

  /** Asks the bot. Resolves to `{message, answer}`. */
  ask(session, content) {
    return this.call('POST', `/sessions/${idOf(session)}/messages`, { content, reply: true });
  }

  /** All messages of a session, oldest first, however many pages that takes. */
  async messages(session) {
    let found = [];
    for (;;) {
      const before = found.length ? `&before=${found[0].id}` : '';
      const { items } = await this.get(`/sessions/${idOf(session)}/messages?limit=100${before}`);
      found = [...items, ...found];
      if (items.length < 100) return found;
    }
  }

  /** Uploads a text document. */
  upload(bot, filename, text, type = 'text/plain') {
    const form = new FormData();
    form.append('file', new Blob([text], { type }), filename);
    return this.call('POST', `/bots/${idOf(bot)}/documents`, form);
  }
}

/**
 * Owner, editor and viewer of one bot with one shared session, and a stranger. With `plain` the names are as in a story
 * (ann, bob, eve, mallory), which one server takes once.
 */
export async function cast(url, { plain = false, bot: name = 'Librarian' } = {}) {
  const called = (stem) => (plain ? stem : freshName(stem));
  const owner = await Person.register(url, called('ann'));
  const [editor, viewer, stranger] = await Promise.all(
    ['bob', 'eve', 'mallory'].map((stem) => Person.register(url, called(stem))),
  );
  const bot = await owner.createBot(name);
  await owner.grant(bot, editor, 'editor');
  await owner.grant(bot, viewer, 'viewer');
  const session = await owner.createSession(bot, { title: 'First questions', auto_reply: false });
  return { owner, editor, viewer, stranger, bot, session };
}

/** Waits for a condition with a bound; `probe` gives a value other than undefined or false when it holds. */
export async function until(probe, what = 'the condition', within = 15_000) {
  const end = Date.now() + within;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${within} ms in vain for ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

function idOf(thing) {
  return typeof thing === 'string' ? thing : thing.id;
}

async function request(url, method, path, { body, headers = {} }) {
  const form = body instanceof FormData;
  const answer = await fetch(`${url}/api${path}`, {
    method,
    headers: body === undefined || form ? headers : { 'Content-Type': 'application/json', ...headers },
    body: body === undefined || form ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const parsed = text && answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text || null;
  if (!answer.ok) throw new Refused(method, path, answer.status, parsed);
  return parsed;
}
