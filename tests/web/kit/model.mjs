// An OpenAI-compatible model server that says what a test tells it to, piece by piece: the one outside part that is faked. Each request
// of the server under test is a `Call`, taken by `asked()` in the order they came.

import { createServer } from 'node:http';
import { once } from 'node:events';

export class Call {
  #response;

  constructor(messages, response) {
    this.messages = messages;
    this.#response = response;
    /** Fulfilled when the server under test hung up before the end. */
    this.gone = once(response, 'close');
  }

  /** The last thing a person said. */
  get question() {
    return this.messages.findLast(({ role }) => role === 'user')?.content ?? '';
  }

  #send(delta, finish = null) {
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 0, model: 'told', choices: [{ index: 0, delta, finish_reason: finish }] };
    this.#response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }

  /** The next piece of the answer. */
  say(content) {
    this.#send({ content });
    return this;
  }

  end() {
    this.#send({}, 'stop');
    this.#response.end('data: [DONE]\n\n');
  }
}

export class Model {
  #server;
  #waiting = [];
  #takers = [];

  constructor(server) {
    this.#server = server;
    server.on('request', (request, response) => this.#take(request, response));
  }

  static async start() {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Model(server);
  }

  /** What the server under test needs to ask this one. */
  get settings() {
    const { port } = this.#server.address();
    return { COLLOQUY_PROVIDER_KIND: 'openai', COLLOQUY_PROVIDER_URL: `http://127.0.0.1:${port}/v1`, COLLOQUY_PROVIDER_MODEL: 'told' };
  }

  /** The next request, come or to come. */
  asked() {
    const call = this.#waiting.shift();
    if (call) return Promise.resolve(call);
    return new Promise((taken) => this.#takers.push(taken));
  }

  /** Answers the next question whole. */
  async reply(text) {
    const call = await this.asked();
    call.say(text).end();
  }

  async #take(request, response) {
    let body = '';
    for await (const part of request) body += part;
    if (!request.url.endsWith('/chat/completions')) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    const call = new Call(JSON.parse(body).messages, response);
    const taker = this.#takers.shift();
    if (taker) taker(call);
    else this.#waiting.push(call);
  }

  async close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
