// The mock server against the published documents: every frame it sends or takes has the shape that asyncapi.yaml gives it
// on that socket, and every operation of openapi.yaml is either mocked or named as not mocked.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';

import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

import { mockServer } from '../../../clients/js/mock/index.js';
import { operations } from '../../../clients/js/mock/routes.js';

const load = async (name) => parse(await readFile(new URL(`../../../${name}`, import.meta.url), 'utf8'));
const asyncapi = await load('asyncapi.yaml');
const openapi = await load('openapi.yaml');

/** Events that the mock has no way to send: background work is not mocked. */
const NEVER_SENT = ['TaskUpdate'];

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: 'asyncapi', components: asyncapi.components });
const validators = new Map();
const validatorOf = (message) => {
  if (!validators.has(message)) validators.set(message, ajv.compile({ $ref: `asyncapi${asyncapi.components.messages[message].payload.$ref}` }));
  return validators.get(message);
};

const ofChannel = (channel) => Object.values(asyncapi.operations).filter((operation) => operation.channel.$ref.endsWith(`/${channel}`));
const names = (refs) => [...new Set(refs.map(({ $ref }) => $ref.split('/').at(-1)))];

/** All that a client may say on a socket. */
const taken = (channel) => names(ofChannel(channel).flatMap(({ action, messages }) => (action === 'receive' ? messages : [])));

/** All that the server says on a socket: events, and answers to what is said to it. */
const told = (channel) => names(ofChannel(channel).flatMap(({ action, messages, reply }) => (action === 'send' ? messages : (reply?.messages ?? []))));

/** The message that a frame is, by its type and its shape. */
function messageOf(frame, possible) {
  const wrong = [];
  for (const name of possible.filter((one) => asyncapi.components.messages[one].name === frame.type)) {
    const validate = validatorOf(name);
    if (validate(frame)) return name;
    wrong.push(`${name}: ${ajv.errorsText(validate.errors)}`);
  }
  throw new Error(`no message of asyncapi.yaml is like ${JSON.stringify(frame)}\n${wrong.join('\n')}`);
}

/** A socket in this process; `until` waits for a frame of a type. */
function open(mock, path, person) {
  const socket = new mock.WebSocket(`${mock.url.replace('http', 'ws')}/api/ws${path}`, ['colloquy.v1', `bearer.${person.tokens.access_token}`]);
  const frames = [];
  const waiting = [];
  socket.onmessage = ({ data }) => {
    frames.push(JSON.parse(data));
    for (const look of waiting) look();
  };
  return {
    say: (frame) => socket.send(JSON.stringify(frame)),
    until: (matches) =>
      new Promise((found) => {
        const look = () => frames.some(matches) && found();
        waiting.push(look);
        look();
      }),
  };
}

/** Everything that a script can say, with somebody at each kind of socket. */
async function everything(mock) {
  const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((name) => mock.person(name));
  const bot = mock.bot({ owner: ann });
  mock.grant(bot, bob);
  const session = mock.session(bot, { title: 'First' });
  const at = [open(mock, `/chat/${bot.id}?since=0`, bob), open(mock, '/notifications?since=0', bob), open(mock, '', bob), open(mock, `/chat/${bot.id}?since=9&epoch=other`, ann)];
  const [chat, inbox, multi] = at;
  for (const one of at) await one.until(({ type }) => type === 'connection_established');
  const answered = (frame) => frame.type === 'pong';
  multi.say({ type: 'subscribe', id: '1', data: { channels: [{ channel: `bot:${bot.id}`, since: 0 }, { channel: 'notifications', since: 0 }, { channel: `session:${session.id}` }, { channel: 'tasks' }, { channel: 'none' }] } });
  multi.say({ type: 'request_history', id: '2', data: { channel: `bot:${bot.id}`, since: 0 } });
  multi.say({ type: 'update_filter', id: '3', data: { channel: `session:${session.id}`, filter: { types: ['chat_message'] } } });
  multi.say({ type: 'unsubscribe', id: '4', data: { channels: [`session:${session.id}`] } });
  multi.say({ type: 'typing', channel: `bot:${bot.id}`, data: { is_typing: true, session_id: session.id } });
  const question = mock.post(session, ann, 'Hello @bob');
  chat.say({ type: 'typing', data: { is_typing: true } });
  chat.say({ type: 'viewing', data: { session_id: session.id } });
  chat.say({ type: 'read', data: { session_id: session.id, message_id: question.id } });
  for (const one of [chat, inbox, multi]) {
    one.say({ type: 'auth', id: 'a', data: { token: mock.as('bob').tokens.access_token } });
    one.say({ type: 'ping', id: 'p', timestamp: 'now' });
    await one.until(answered);
  }
  mock.typing(session, 'ann');
  mock.arrive(bot, 'ann', session);
  mock.read(session, 'ann', question);
  const answer = await mock.answer(session, 'It is nine o’clock.', { pieces: 3, delay: 1 });
  assert.equal(answer.content, 'It is nine o’clock.');
  mock.edit(question, 'Hello, Bob');
  mock.remove(question);
  mock.document(bot, { filename: 'hours.txt' });
  const slow = mock.document(bot, { filename: 'slow.pdf', status: 'queued' });
  mock.progress(slow, 0.4);
  mock.process(slow);
  mock.document(bot, { filename: 'broken.pdf', status: 'failed' });
  mock.grant(bot, bob, 'editor');
  mock.change(bot, { name: 'Archivist', instructions: 'Be kind' });
  mock.broadcast('Back at noon');
  await fetchAs(mock, bob, 'POST', '/notifications/read-all');
  mock.closeSession(session);
  await fetchAs(mock, ann, 'DELETE', `/sessions/${session.id}`);
  mock.grant(bot, eve);
  mock.depart(bot, 'ann');
  mock.suspend(bot);
  mock.suspend(bot, false);
  mock.revoke(bot, eve);
  mock.deleteBot(bot);
  inbox.say({ type: 'ping', id: 'last' });
  await inbox.until((frame) => frame.id === 'last');
}

async function fetchAs(mock, person, method, path) {
  const answer = await mock.fetch(`${mock.url}/api${path}`, { method, headers: { Authorization: `Bearer ${person.tokens.access_token}` } });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
}

test('every frame of the mock server is one of asyncapi.yaml, and every frame there is can be had from it', async (t) => {
  const mock = mockServer();
  t.after(() => mock.stop());
  await everything(mock);
  const seen = { chat: new Set(), notifications: new Set(), multi: new Set() };
  for (const happened of mock.history) {
    if (happened.kind !== 'frame') continue;
    const channel = /\/(chat|notifications)/.exec(happened.path)?.[1] ?? 'multi';
    const name = messageOf(happened.frame, happened.direction === 'out' ? told(channel) : taken(channel));
    if (happened.direction === 'out') seen[channel].add(name);
  }
  const all = new Set(Object.values(seen).flatMap((some) => [...some]));
  const documented = new Set(['chat', 'notifications', 'multi'].flatMap(told));
  assert.deepEqual([...documented].filter((name) => !all.has(name)), NEVER_SENT);
});

test('every operation of openapi.yaml is mocked or named as not mocked', () => {
  const { mocked, notMocked } = operations();
  const documented = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
      .map((method) => `${method.toUpperCase()} ${path.replace(/^\/api/, '')}`),
  );
  const shape = (name) => name.replaceAll(/\{\w+\}/g, '{}');
  const ours = new Set([...mocked, ...notMocked, 'GET /bots/{bot_id}/events', 'GET /bots/{bot_id}/events/stream'].map(shape));
  assert.deepEqual(documented.map(shape).filter((name) => !ours.has(name)), [], 'of openapi.yaml');
  const theirs = new Set(documented.map(shape));
  assert.deepEqual([...ours].filter((name) => !theirs.has(name)), [], 'of the mock');
});
