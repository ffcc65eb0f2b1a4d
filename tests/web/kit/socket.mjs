// A bare WebSocket of a person, for tests that look at the wire itself or need somebody at the other end. It does nothing
// by itself: no resuming, no heartbeat.

import WebSocket from 'ws';

const WITHIN = 15_000;

export class Socket {
  #socket;
  #looking = new Set();
  frames = [];
  closed;
  error = null;

  constructor(url, person) {
    this.#socket = new WebSocket(url.replace(/^http/, 'ws'), ['colloquy.v1', `bearer.${person.tokens.access_token}`]);
    this.#socket.on('message', (text) => {
      this.frames.push(JSON.parse(String(text)));
      for (const look of this.#looking) look();
    });
    this.#socket.on('error', (error) => (this.error = error));
    this.closed = new Promise((done) => this.#socket.once('close', (code, reason) => done({ code, reason: String(reason) })));
  }

  /** To a bot, greeted. */
  static async toBot(url, person, bot, query = '') {
    const socket = new Socket(`${url}/api/ws/chat/${bot.id}${query}`, person);
    await socket.frame({ type: 'connection_established' });
    return socket;
  }

  send(frame) {
    this.sendText(JSON.stringify(frame));
  }

  /** As it stands, also what is no frame. */
  sendText(text) {
    this.#socket.send(text);
  }

  /** The first frame since `from` that matches, by equal fields or by a function. */
  frame(wanted, from = 0) {
    const matches = typeof wanted === 'function' ? wanted : (frame) => Object.entries(wanted).every(([name, value]) => frame[name] === value);
    return new Promise((found, failed) => {
      const late = setTimeout(() => {
        this.#looking.delete(look);
        failed(new Error(`no such frame within ${WITHIN} ms: ${typeof wanted === 'function' ? wanted : JSON.stringify(wanted)}; error: ${this.error}`));
      }, WITHIN);
      const look = () => {
        const frame = this.frames.slice(from).find(matches);
        if (!frame) return;
        clearTimeout(late);
        this.#looking.delete(look);
        found(frame);
      };
      this.#looking.add(look);
      look();
    });
  }

  close() {
    this.#socket.close(1000);
    return this.closed;
  }

  terminate() {
    this.#socket.terminate();
  }
}
