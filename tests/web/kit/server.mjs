// The real server as a process of its own: on a free port, with a data folder of its own and the settings a test gives.
// It can be stopped in order, killed, and started again on the same port and data. What it logs is kept, and shown when
// the test fails. What people do with it is in people.mjs; what the network does to it is in proxy.mjs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const START = 30_000;
const STOP = 20_000;
const KEPT_LINES = 5_000;

/** Quick hashing, and no limits that a test on one address would meet by itself. */
const DEFAULTS = {
  COLLOQUY_ARGON2_MEMORY: '64KiB',
  COLLOQUY_ARGON2_PASSES: '1',
  COLLOQUY_ARGON2_QUEUE: '1000',
  COLLOQUY_REQUESTS_PER_USER: '1000000',
  COLLOQUY_REQUESTS_PER_ADDRESS: '1000000',
  COLLOQUY_SOCKETS_PER_USER: '1000',
  COLLOQUY_SOCKETS_PER_USER_AND_BOT: '1000',
  COLLOQUY_LOG_FORMAT: 'json',
};

/** Children that must not outlive this process, however it ends. */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** The program under test: `COLLOQUY_BIN`, or the debug build of this repository. */
export function binary() {
  const path = process.env.COLLOQUY_BIN ?? join(ROOT, 'target/debug/colloquy');
  if (!existsSync(path)) throw new Error(`no server at ${path}: build it with cargo build, or set COLLOQUY_BIN`);
  return path;
}

export class Server {
  #child = null;
  #ended = null;
  #settings;
  #ownsData;
  /** Everything that was printed, newest last. */
  lines = [];
  port = 0;

  constructor(dataDir, settings, ownsData) {
    this.dataDir = dataDir;
    this.#settings = settings;
    this.#ownsData = ownsData;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get log() {
    return this.lines.join('\n');
  }

  get runs() {
    return this.#child !== null;
  }

  /** Starts the program and waits until it says where it listens. Settings given here stay for later starts. */
  async start(settings = {}) {
    if (this.#child) throw new Error('the server runs already');
    Object.assign(this.#settings, settings);
    // No setting of the surroundings gets in.
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COLLOQUY_')));
    const child = spawn(binary(), ['serve', '--listen', `127.0.0.1:${this.port}`, '--data-dir', this.dataDir], {
      cwd: this.dataDir,
      env: { ...clean, ...DEFAULTS, ...this.#settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    this.#child = child;
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      running.delete(child);
      if (this.#child === child) this.#child = null;
      return { code, signal };
    });
    const address = await this.#listens(child);
    this.port = Number(new URL(address).port);
    return this;
  }

  #listens(child) {
    return new Promise((found, failed) => {
      const late = setTimeout(() => failed(new Error(`the server did not start in ${START} ms:\n${this.log}`)), START);
      const done = (settle) => (value) => {
        clearTimeout(late);
        settle(value);
      };
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.lines.push(line);
          if (this.lines.length > KEPT_LINES) this.lines.shift();
          const address = /listens on (http\S+)/.exec(line)?.[1];
          if (address) done(found)(address);
        });
      }
      child.once('error', done(failed));
      this.#ended.then(() => done(failed)(new Error(`the server ended at its start:\n${this.log}`)));
    });
  }

  /** Waits until it answers that it is ready; start() alone waits for the open port. */
  async ready() {
    const answer = await fetch(`${this.url}/health/ready`);
    if (!answer.ok) throw new Error(`not ready: ${answer.status} ${await answer.text()}`);
    return this;
  }

  /** In order: open sockets are told 1001. Resolves with the exit code. */
  async stop() {
    return (await this.#end('SIGTERM')).code;
  }

  /** Without a word to anybody. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Sends the signal without waiting for the end. */
  signal(name) {
    this.#child?.kill(name);
  }

  async #end(signal) {
    const child = this.#child;
    if (!child) return { code: null, signal: null };
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP);
    const end = await this.#ended;
    clearTimeout(late);
    return end;
  }

  /** The same port and data again. */
  async restart({ signal = 'SIGTERM', settings = {} } = {}) {
    await this.#end(signal);
    return this.start(settings);
  }

  /** Ends it and removes its data, unless the folder was the caller's. */
  async close() {
    await this.#end('SIGKILL');
    if (this.#ownsData) await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** A running server. Whoever calls this closes it; `serverFor` does so by itself. */
export async function startServer({ settings = {}, dataDir } = {}) {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'colloquy-web-')));
  const server = new Server(folder, { ...settings }, dataDir === undefined);
  try {
    await server.start();
    return await server.ready();
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** A server for one test of node:test: closed after it, its log shown if the test failed. */
export async function serverFor(t, options = {}) {
  const server = await startServer(options);
  t.after(async () => {
    if (t.passed === false) showLog(server);
    await server.close();
  });
  return server;
}

/** The end of the log, to stderr. */
export function showLog(server, lines = 60) {
  // A page loads a hundred modules, which says nothing.
  const telling = server.lines.filter((line) => !line.includes('"path":"/console/'));
  console.error(`--- the server's last lines\n${telling.slice(-lines).join('\n')}\n---`);
}
