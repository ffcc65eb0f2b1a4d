// Drives one client through its adapter: a process that takes commands and tells events as JSON lines. A scenario says
// what the client shall do and waits for what it tells; waiting is always for an event and always bounded. Processes are
// used again for the next scenario once their client is closed.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const ANSWER = 15_000;
const EVENT = 20_000;

/** An error the client gave as the answer to a command. */
export class ClientError extends Error {
  constructor(what, { status, code, message }) {
    super(`${what}: ${message ?? code ?? status}`);
    Object.assign(this, { status, code });
  }
}

/** One adapter process. */
class Adapter {
  #child;
  #answers = new Map();
  #next = 1;
  listener = () => {};
  errors = [];
  gone = false;

  constructor([program, ...args]) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#line(line));
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.errors.push(line));
    // A command to an adapter that is dead fails by its answer that does not come.
    this.#child.stdin.on('error', () => {});
    this.ended = new Promise((done) => {
      const over = () => {
        this.gone = true;
        for (const { failed } of this.#answers.values()) failed(new Error(`the adapter ended\n${this.errors.join('\n')}`));
        this.#answers.clear();
        done();
      };
      this.#child.once('exit', over);
      this.#child.once('error', (error) => {
        this.errors.push(String(error));
        over();
      });
    });
  }

  request(command) {
    if (this.gone) return Promise.reject(new Error(`the adapter is gone\n${this.errors.join('\n')}`));
    const id = this.#next++;
    return new Promise((found, failed) => {
      const late = setTimeout(() => {
        this.#answers.delete(id);
        failed(new Error(`no answer to ${command.do} within ${ANSWER} ms`));
      }, ANSWER);
      const settle = (settled) => (value) => {
        clearTimeout(late);
        settled(value);
      };
      this.#answers.set(id, { what: command.do, found: settle(found), failed: settle(failed) });
      this.#child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  async end() {
    this.#child.stdin.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 3_000);
    await this.ended;
    clearTimeout(late);
  }

  #line(line) {
    let said;
    try {
      said = JSON.parse(line);
    } catch {
      this.errors.push(`not JSON on stdout: ${line}`);
      return;
    }
    if ('event' in said) return this.listener(said);
    const waiting = this.#answers.get(said.id);
    this.#answers.delete(said.id);
    if (said.error) waiting?.failed(new ClientError(waiting.what, said.error));
    else waiting?.found(said.ok);
  }
}

/** The processes of one client. */
export class Pool {
  #command;
  #idle = [];

  constructor(command) {
    this.#command = command;
  }

  take() {
    return this.#idle.pop() ?? new Adapter(this.#command);
  }

  give(adapter) {
    this.#idle.push(adapter);
  }

  async close() {
    await Promise.all(this.#idle.splice(0).map((adapter) => adapter.end()));
  }
}

/** One client, from `open` to `close`. */
export class Driver {
  #adapter;
  #pool;
  #open = false;
  #waiting = new Set();
  /** What the client told, oldest first. */
  events = [];

  constructor(pool) {
    this.#pool = pool;
    this.#adapter = pool.take();
    this.#adapter.errors.length = 0;
    this.#adapter.listener = (event) => {
      this.events.push(event);
      for (const { check } of this.#waiting) check();
    };
  }

  get errors() {
    return this.#adapter.errors;
  }

  async open(command) {
    this.#open = true;
    await this.#adapter.request({ do: 'open', ...command });
    return this;
  }

  watch(channel, cursor = {}) {
    return this.#adapter.request({ do: 'watch', channel, ...cursor });
  }

  /** Watches and waits until it is live. */
  async join(channel, cursor) {
    const mark = this.events.length;
    await this.watch(channel, cursor);
    await this.channel(channel, 'live', mark);
  }

  leave(channel) {
    return this.#adapter.request({ do: 'leave', channel });
  }

  /** Resolves with the key under which the outbox knows it. */
  async send(session, content, more = {}) {
    return (await this.#adapter.request({ do: 'send', session_id: session.id ?? session, content, reply: false, ...more })).key;
  }

  signal(what, fields) {
    return this.#adapter.request({ do: what, ...fields });
  }

  call(operation, args = {}) {
    return this.#adapter.request({ do: 'call', operation, args });
  }

  token(n, token) {
    return this.#adapter.request({ do: 'token', n, token });
  }

  reconnect() {
    return this.#adapter.request({ do: 'reconnect' });
  }

  /** Closes the client; nothing more may come of it. */
  async close() {
    if (!this.#open) return;
    this.#open = false;
    await this.#adapter.request({ do: 'close' });
  }

  /** Ends the scenario: the process serves another one, unless this one failed. */
  async done(failed) {
    this.#adapter.listener = () => {};
    for (const { stop } of this.#waiting) stop();
    if (!failed && !this.#adapter.gone) {
      await this.close();
      return this.#pool.give(this.#adapter);
    }
    await this.#adapter.end();
  }

  // ---- waiting

  /** The first event from `from` on that matches: by fields that must be equal, or by a function. */
  event(wanted, { from = 0, within = EVENT } = {}) {
    const matches = typeof wanted === 'function' ? wanted : (event) => Object.entries(wanted).every(([name, value]) => event[name] === value);
    let next = from;
    const look = () => {
      for (; next < this.events.length; next++) if (matches(this.events[next])) return this.events[next];
      return undefined;
    };
    const there = look();
    if (there) return Promise.resolve(there);
    return new Promise((found, failed) => {
      const waiting = {
        check: () => {
          const event = look();
          if (event) over(found, event);
        },
        stop: () => over(failed, new Error('the scenario is over')),
      };
      const over = (settle, value) => {
        this.#waiting.delete(waiting);
        clearTimeout(late);
        settle(value);
      };
      const late = setTimeout(() => {
        const told = typeof wanted === 'function' ? wanted.toString() : JSON.stringify(wanted);
        over(failed, new Error(`not told within ${within} ms: ${told}\ntold were, at last:\n${this.told()}`));
      }, within);
      this.#waiting.add(waiting);
    });
  }

  state(state, from = 0) {
    return this.event({ event: 'state', state }, { from });
  }

  channel(channel, state, from = 0) {
    return this.event({ event: 'channel', channel, state }, { from });
  }

  frame(channel, matches, from = 0) {
    return this.event((event) => event.event === 'frame' && event.channel === channel && matches(event.frame), { from });
  }

  /** Waits for the durable event with this number. */
  seq(channel, seq, options) {
    return this.event((event) => event.event === 'frame' && event.channel === channel && isDurable(event.frame) && event.frame.seq === seq, options);
  }

  /** How many events were told so far: a mark to look on from. */
  get mark() {
    return this.events.length;
  }

  /** The durable events of a channel in the order in which the client's listener got them. */
  durable(channel, from = 0) {
    return this.events.slice(from).filter((event) => event.event === 'frame' && event.channel === channel && isDurable(event.frame)).map(({ frame }) => frame);
  }

  /** Frames of one type. */
  frames(channel, type, from = 0) {
    return this.events.slice(from).filter((event) => event.event === 'frame' && event.channel === channel && event.frame.type === type).map(({ frame }) => frame);
  }

  /** The last events, cut short, for a message. */
  told(last = 25) {
    return this.events.slice(-last).map((event) => `  ${JSON.stringify(event).slice(0, 240)}`).join('\n');
  }
}

/** Numbered events; a pong carries a number too, but reports no change. */
export function isDurable(frame) {
  return Number.isInteger(frame.seq) && typeof frame.id === 'string' && frame.type !== 'pong';
}
