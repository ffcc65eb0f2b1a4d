// The listings of docs/frontend.md that use the client: against the real server, and the one on the mock against the mock.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import WebSocket from 'ws';

import { cast, until } from '../kit/people.mjs';
import { startServer } from '../kit/server.mjs';
import { moduleOf } from './listings.mjs';

globalThis.WebSocket ??= WebSocket;

let server;
let client;
before(async () => {
  server = await startServer();
  client = await moduleOf('frontend.md', 'js client');
});
after(() => server.close());

test('the short way shows a bot live', async (t) => {
  const { owner, viewer, bot, session } = await cast(server.url);
  const shown = [];
  const { username, password } = viewer;
  const started = await client.start(server.url, { username, password }, bot.id, (state) => shown.push(state));
  t.after(() => started.colloquy.close());
  await until(() => started.bot.get().status === 'live', 'the state to be live');
  await owner.post(session, 'Hello');
  const texts = () => started.bot.get().messages[session.id]?.items.map(({ content }) => content);
  await until(() => texts()?.join() === 'Hello', 'the message');
  await until(() => shown.at(-1)?.messages?.[session.id]?.items.length === 1, 'the page to be shown it');
  await started.colloquy.logOut();
  await until(() => shown.at(-1) === null, 'the page to be cleared');
});

test('a state of one\'s own follows the channel to its end, and sends', async (t) => {
  const { owner, viewer, bot, session } = await cast(server.url);
  const { username, password } = viewer;
  const { colloquy } = await client.start(server.url, { username, password }, bot.id, () => {});
  t.after(() => colloquy.close());
  const events = [];
  const ends = [];
  const channel = client.follow(colloquy, bot.id, {
    load: () => assert.fail('nothing was missed'),
    apply: ({ type, data }) => events.push([type, data.content ?? data.action]),
    gone: (code) => ends.push(code),
  });
  await until(() => channel.state === 'live', 'the channel to be live');
  const shown = [];
  await client.say(colloquy, session.id, 'from the outbox', (...what) => shown.push(what));
  assert.match(shown[0][0], /^(waiting|sending)$/);
  assert.equal(shown.at(-1)[0], 'sent');
  await until(() => events.some(([type, content]) => type === 'chat_message' && content === 'from the outbox'), 'its event');
  await owner.closeSession(session);
  await client.say(colloquy, session.id, 'too late', (...what) => shown.push(what));
  assert.deepEqual(shown.at(-1), ['failed', 'session_closed']);
  await owner.revoke(bot, viewer);
  await until(() => ends.length === 1, 'the end');
  assert.deepEqual(events.at(-1), ['permission_change', 'revoked']);
});

test('the listing on the mock says what it would of the real server', async () => {
  const { aRevokedPersonIsLedAway } = await moduleOf('frontend.md', 'js mock');
  const { seen, code } = await aRevokedPersonIsLedAway();
  assert.deepEqual(seen, ['permission_change']);
  assert.ok(code === 4003 || code === 'access_withdrawn', `${code}`);
});
