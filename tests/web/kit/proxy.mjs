// A network between a client and the server that a test can break: cut, refuse, stall one direction, swallow everything,
// read slowly, answer upgrades or chosen paths with a refusal, lose the answer of a request that went through. It counts
// what passes, so that a test can say "no further attempt". Nothing in the bytes is changed.

import { once } from 'node:events';
import net from 'node:net';

import { Requests } from './http_stream.mjs';

/** How many requests are kept for a look back. */
const KEPT = 10_000;

export class Proxy {
  #server = null;
  #links = new Set();
  #rules = [];
  #waiting = new Set();
  #paused = { up: false, down: false };
  #rate = null;
  #keepers = [];
  port = 0;
  /** Every request that came, oldest first: {at, method, path, query, upgrade, refused}. */
  requests = [];
  /** How many connections were accepted. */
  connections = 0;
  /** Bytes that went to clients. */
  sent = 0;

  constructor(target) {
    this.target = target;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Attempts to open a WebSocket so far. */
  get upgrades() {
    return this.requests.filter(({ upgrade }) => upgrade).length;
  }

  /** Connections that are open now; with `sockets` those of WebSockets alone. */
  open({ sockets = false } = {}) {
    return [...this.#links].filter((link) => !sockets || link.upgraded).length;
  }

  async listen() {
    if (this.port === 0) await this.#takePort();
    const server = net.createServer({ noDelay: true }, (client) => this.#accept(client));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    return this;
  }

  /** Nobody else is to be given the port while nobody listens there: a connection of its own, none of the proxy's, keeps it. */
  async #takePort() {
    const first = net.createServer();
    first.listen(0, '127.0.0.1');
    await once(first, 'listening');
    this.port = first.address().port;
    const accepted = once(first, 'connection');
    const near = net.connect(this.port, '127.0.0.1');
    const [far] = await accepted;
    for (const end of [near, far]) end.on('error', () => {}).unref();
    this.#keepers = [near, far];
    first.close();
  }

  // ---- what a test does to it

  /** Ends open connections with `rst` or `fin`; `only: 'sockets'` spares plain requests. */
  cut({ by = 'rst', only } = {}) {
    for (const link of [...this.#links]) if (only !== 'sockets' || link.upgraded) link.end(by);
  }

  /** Nobody listens any more: new connections are refused by the kernel, open ones are reset. */
  async refuse() {
    const server = this.#server;
    this.#server = null;
    const closed = server && new Promise((done) => server.close(done));
    this.cut();
    await closed;
  }

  /** Bytes of one direction (`up`: to the server, `down`: to the client) or of both stay where they are. */
  stall(direction = 'both') {
    for (const one of direction === 'both' ? ['up', 'down'] : [direction]) this.#paused[one] = true;
    for (const link of this.#links) link.steer(this.#paused);
  }

  /** A cable pulled out: everything stays open and nothing arrives anywhere, not even an end. */
  blackHole() {
    this.stall('both');
  }

  /** At most so many bytes a second reach each client. */
  slow(bytesPerSecond) {
    this.#rate = bytesPerSecond;
    for (const link of this.#links) link.rate = bytesPerSecond;
  }

  /**
   * A rule over requests, asked in the order in which they were added: it returns nothing (passes), `{status, headers,
   * body}` (answered here), 'cut' (reset at once), 'hold' (never answered), 'lose' (goes through, and the connection is reset when the
   * answer comes), a promise (goes through when it is fulfilled), or `{late, came}` (goes through; the answer is told by
   * `came()` and held until the promise `late` is fulfilled). Returns a function that takes the rule back.
   */
  rule(judge) {
    this.#rules.push(judge);
    return () => (this.#rules = this.#rules.filter((one) => one !== judge));
  }

  /** As proxies do that know no WebSockets. */
  refuseUpgrades(status = 403) {
    return this.rule(({ upgrade }) => (upgrade ? { status } : undefined));
  }

  /** Requests on paths that match are answered with the status. */
  refusePaths(pattern, status = 403) {
    return this.rule(({ path }) => (pattern.test(path) ? { status } : undefined));
  }

  /** The next `times` matching requests go through, their answers do not. */
  loseAnswers(matches, times = 1) {
    let left = times;
    return this.rule((request) => (matches(request) && left-- > 0 ? 'lose' : undefined));
  }

  /** Everything works again; what was stalled flows on. */
  async heal() {
    this.#rules = [];
    this.#rate = null;
    this.#paused = { up: false, down: false };
    for (const link of this.#links) {
      link.rate = null;
      link.steer(this.#paused);
    }
    if (!this.#server) await this.listen();
  }

  /** Waits for a request that matches, of those still to come or, with `from`, of those kept since that index. */
  request(matches, { from = this.requests.length, within = 15_000 } = {}) {
    const there = this.requests.slice(from).find(matches);
    if (there) return Promise.resolve(there);
    return new Promise((found, failed) => {
      const waiting = { matches, found };
      const late = setTimeout(() => {
        this.#waiting.delete(waiting);
        failed(new Error(`no such request came within ${within} ms`));
      }, within);
      waiting.found = (request) => {
        clearTimeout(late);
        found(request);
      };
      this.#waiting.add(waiting);
    });
  }

  /** Fails as soon as a request comes (one that `matches`); fulfilled when none did for so long. */
  async quietFor(ms, matches = () => true) {
    const stop = Date.now();
    await new Promise((quiet, failed) => {
      const waiting = { matches, found: (request) => failed(new Error(`${request.method} ${request.path} came after ${Date.now() - stop} ms`)) };
      this.#waiting.add(waiting);
      setTimeout(() => {
        this.#waiting.delete(waiting);
        quiet();
      }, ms);
    });
  }

  async close() {
    await this.refuse();
    for (const end of this.#keepers) end.destroy();
  }

  // ---- how it works

  #accept(client) {
    this.connections += 1;
    const link = new Link(client, net.connect({ ...this.target, noDelay: true }), this);
    link.rate = this.#rate;
    this.#links.add(link);
    link.steer(this.#paused);
    link.ended = () => this.#links.delete(link);
  }

  /** What happens to a request. */
  judge(request) {
    const verdict = this.#rules.map((judge) => judge(request)).find((one) => one !== undefined);
    this.requests.push({ ...request, at: Date.now(), refused: verdict === 'cut' || verdict === 'hold' || verdict?.status !== undefined });
    if (this.requests.length > KEPT) this.requests.shift();
    for (const waiting of this.#waiting) {
      if (waiting.matches(request)) {
        this.#waiting.delete(waiting);
        waiting.found(request);
      }
    }
    return verdict;
  }
}

/** One connection through the proxy. */
class Link {
  #client;
  #server;
  #proxy;
  #requests = new Requests();
  #paused = { up: false, down: false };
  #losing = false;
  #resting = null;
  #kept = null;
  #late = null;
  upgraded = false;
  rate = null;
  ended = () => {};

  constructor(client, server, proxy) {
    this.#client = client;
    this.#server = server;
    this.#proxy = proxy;
    client.on('data', (bytes) => this.#up(bytes));
    server.on('data', (bytes) => this.#down(bytes));
    client.on('drain', () => this.#flow());
    server.on('drain', () => this.#flow());
    // In a black hole not even an end gets through: it is passed on when the direction flows again.
    client.on('end', () => this.#server.end());
    server.on('end', () => this.#client.end());
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on('error', () => reset(other));
      one.on('close', () => {
        if (!other.destroyed && other.readableEnded) other.destroy();
        if (client.destroyed && server.destroyed) this.#over();
        else if (!this.#paused.up && !this.#paused.down) other.end();
      });
    }
  }

  steer(paused) {
    this.#paused = { ...paused };
    this.#flow();
  }

  end(by) {
    if (by === 'fin') {
      this.#client.end();
      this.#server.end();
      // Whoever does not answer the FIN is not waited for.
      this.#client.destroySoon();
      this.#server.destroySoon();
    } else {
      reset(this.#client);
      reset(this.#server);
    }
  }

  #over() {
    clearTimeout(this.#resting);
    this.ended();
  }

  #flow() {
    const upFull = this.#server.writableNeedDrain;
    const downFull = this.#client.writableNeedDrain;
    if (this.#paused.up || upFull || this.#kept) this.#client.pause();
    else this.#client.resume();
    if (this.#paused.down || downFull || this.#resting || this.#late?.bytes) this.#server.pause();
    else this.#server.resume();
  }

  #up(bytes) {
    for (const request of this.#requests.take(bytes)) {
      if (request.upgrade) this.upgraded = true;
      const verdict = this.#proxy.judge(request);
      if (verdict === 'cut') return this.end('rst');
      if (verdict === 'hold') return;
      if (verdict === 'lose') this.#losing = true;
      else if (verdict?.late) this.#late = verdict;
      else if (typeof verdict?.then === 'function') return this.#keep(bytes, verdict);
      else if (verdict) return this.#answer(verdict);
    }
    if (!this.#server.write(bytes)) this.#client.pause();
  }

  #keep(bytes, until) {
    this.#kept = bytes;
    this.#client.pause();
    until.then(() => {
      this.#kept = null;
      if (this.#server.writable) this.#server.write(bytes);
      this.#flow();
    });
  }

  #hold(bytes) {
    const held = this.#late;
    held.bytes = bytes;
    this.#server.pause();
    held.came?.();
    held.late.then(() => {
      this.#late = null;
      if (this.#client.writable) this.#down(bytes);
      this.#flow();
    });
  }

  #answer({ status, headers = {}, body = 'refused on the way' }) {
    const all = { 'Content-Type': 'text/plain', ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.#client.end(`HTTP/1.1 ${status} Refused\r\n${lines}\r\n${body}`);
    this.#server.destroy();
  }

  #down(bytes) {
    if (this.#losing) return this.end('rst');
    if (this.#late) return this.#hold(bytes);
    this.#proxy.sent += bytes.length;
    const full = !this.#client.write(bytes);
    if (full) this.#server.pause();
    if (this.rate) {
      this.#server.pause();
      clearTimeout(this.#resting);
      this.#resting = setTimeout(() => {
        this.#resting = null;
        this.#flow();
      }, (bytes.length / this.rate) * 1000);
    }
  }
}

/**
 * RST where that is possible: a socket whose FIN is on its way, or that is not connected yet, is just destroyed. Resetting
 * it leaves a request open in libuv, and the process then spins at its exit for ever.
 */
function reset(socket) {
  if (socket.destroyed) return;
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

/** A proxy in front of a server (anything with a `port`). Whoever calls this closes it. */
export async function startProxy(server) {
  return new Proxy({ host: '127.0.0.1', port: server.port }).listen();
}

/** A proxy for one test of node:test, closed after it. */
export async function proxyFor(t, server) {
  const proxy = await startProxy(server);
  t.after(() => proxy.close());
  return proxy;
}
