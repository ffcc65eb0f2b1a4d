// What a scenario stands on: servers that many scenarios share, a cast of its own, proxies, clients, bare sockets. All of
// it is taken down when the scenario ends. Also the strongest check there is: what a client's listener got is compared
// with what the server has for that person, number by number.

import assert from 'node:assert/strict';

import { cast, Person } from '../kit/people.mjs';
import { startProxy } from '../kit/proxy.mjs';
import { showLog, startServer } from '../kit/server.mjs';
import { Socket } from '../kit/socket.mjs';
import { Driver } from './driver.mjs';

/** Short intervals where the scenario is not about them; a heartbeat that a busy machine does not miss. */
const OPTIONS = {
  backoff: { min: 20, max: 200 },
  heartbeat: { interval: 5_000, timeout: 5_000 },
  connectTimeout: 10_000,
};

/** Servers by kind. `own` is started for a single scenario, which may end it. */
const KINDS = {
  main: {},
  own: {},
  /** Access tokens that end while the scenario looks on. */
  short: { COLLOQUY_ACCESS_TOKEN: '8s', COLLOQUY_CLOCK_LEEWAY: '0s' },
  /** The same, with time to renew them on a busy machine. */
  renewing: { COLLOQUY_ACCESS_TOKEN: '8s', COLLOQUY_CLOCK_LEEWAY: '0s' },
  /** Small bounds, to be met. */
  small: {
    COLLOQUY_REPLAY_LIMIT: '20',
    COLLOQUY_SOCKETS_PER_USER: '4',
    COLLOQUY_SOCKETS_PER_USER_AND_BOT: '4',
  },
  /** A short queue for each socket. On a busy machine a stall lasts longer than a write may; what counts is the queue. */
  narrow: {
    COLLOQUY_QUEUE_FRAMES: '16',
    COLLOQUY_QUEUE_BYTES: '256KiB',
    COLLOQUY_WRITE_DEADLINE: '60s',
  },
};

/** The real servers, each started when the first scenario asks for it. */
export class Servers {
  #shared = new Map();

  get(kind) {
    if (!this.#shared.has(kind)) this.#shared.set(kind, this.#start(kind));
    return this.#shared.get(kind);
  }

  async own(kind = 'own') {
    return this.#start(kind);
  }

  async #start(kind) {
    const server = await startServer({ settings: KINDS[kind] });
    // The first account is the administrator.
    server.admin = await Person.register(server.url, 'admin');
    return server;
  }

  async close() {
    for (const started of this.#shared.values()) {
      // One that did not start has failed its scenarios already.
      await started.then((server) => server.close(), () => undefined);
    }
  }
}

/** The mock server of the JavaScript client in place of the real ones, with what its options have of each kind. */
export class Mocks {
  #started = new Map();

  get(kind) {
    if (!this.#started.has(kind)) this.#started.set(kind, this.#start(kind));
    return this.#started.get(kind);
  }

  async #start(kind) {
    const { mockServer } = await import('../../../clients/js/mock/index.js');
    const mock = mockServer({ main: {}, short: { accessToken: 8_000 }, renewing: { accessToken: 8_000 }, small: { replayLimit: 20, socketsPerUser: 4 } }[kind]);
    const server = await mock.listen();
    const admin = await Person.register(server.url, 'admin');
    return { ...server, admin, close: () => mock.stop() };
  }

  async close() {
    for (const started of this.#started.values()) await started.then((server) => server.close());
  }
}

export class Stage {
  #pool;
  #servers;
  #ends = [];
  #drivers = [];

  constructor({ pool, servers, mode, quiet = false }) {
    this.#pool = pool;
    this.#servers = servers;
    this.mode = mode;
    this.quiet = quiet;
  }

  async set(kind) {
    if (kind === 'own') {
      this.server = await this.#servers.own();
      this.#ends.push(() => this.server.close());
    } else {
      this.server = await this.#servers.get(kind);
    }
    return this;
  }

  /** Owner, editor, viewer, stranger, one bot and one session, all new. */
  cast() {
    return cast(this.server.url);
  }

  async proxy() {
    const proxy = await startProxy(this.server);
    this.#ends.push(() => proxy.close());
    return proxy;
  }

  async socket(person, bot, query) {
    const socket = await Socket.toBot(this.server.url, person, bot, query);
    this.#ends.push(() => socket.terminate());
    return socket;
  }

  /** A client of a person, opened; `via` is a proxy in front of the server. */
  async client(person, { via = this.server, tokens = person.tokens, options = {}, ...more } = {}) {
    const driver = new Driver(this.#pool);
    this.#drivers.push(driver);
    return driver.open({ url: via.url, tokens, options: { mode: this.mode, ...OPTIONS, ...options }, ...more });
  }

  /** A client that is live on the bot of a cast, as its viewer unless said otherwise, from the head of the stream on. */
  async watching({ viewer, bot }, { person = viewer, cursor, ...more } = {}) {
    const client = await this.client(person, more);
    await client.join(`bot:${bot.id}`, cursor);
    return client;
  }

  /** The newest number of the bot's stream. */
  async head(person, bot) {
    return (await person.snapshot(bot)).seq;
  }

  /** All durable events after `since` that the person may see, as the server has them. */
  async truth(person, bot, since) {
    const events = [];
    for (;;) {
      const page = await person.get(`/bots/${bot.id}/events?since=${events.at(-1)?.seq ?? since}&limit=100`);
      events.push(...page.events);
      if (page.events.length < 100) return events;
    }
  }

  /**
   * The client's listener got exactly the events after `since` that the person may see: each once, in order, as the
   * server has them. Waits for the last of them.
   */
  async exactly(client, person, bot, since, { from = 0 } = {}) {
    const channel = `bot:${bot.id}`;
    const truth = await this.truth(person, bot, since);
    if (truth.length) await client.seq(channel, truth.at(-1).seq, { from });
    const got = client.durable(channel, from).map((frame) => `${frame.seq} ${frame.type} ${frame.id}`);
    assert.deepEqual(got, truth.map((frame) => `${frame.seq} ${frame.type} ${frame.id}`));
    return truth;
  }

  async end(failed) {
    if (failed && !this.quiet) this.#explain();
    const ended = await Promise.allSettled(this.#drivers.map((driver) => driver.done(failed)));
    for (const end of this.#ends.reverse()) await end();
    const wrong = ended.find(({ status }) => status === 'rejected');
    if (wrong && !failed) throw wrong.reason;
  }

  #explain() {
    for (const driver of this.#drivers) {
      console.error(`--- the client told, at last\n${driver.told()}`);
      if (driver.errors.length) console.error(`--- the client's stderr\n${driver.errors.slice(-30).join('\n')}`);
    }
    if (this.server?.lines && process.env.COLLOQUY_SHOW_LOG) showLog(this.server);
  }
}

/** Posts texts one after the other; resolves to the messages. */
export async function post(person, session, texts) {
  const messages = [];
  for (const text of texts) messages.push(await person.post(session, text));
  return messages;
}

/** `count` different texts. */
export function texts(count, stem = 'Line') {
  return Array.from({ length: count }, (_, n) => `${stem} ${n + 1}`);
}
