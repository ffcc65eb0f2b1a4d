// docs/frontend.md does what it says: its listings are run against the real server, and the one on the mock against the mock.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import WebSocket from 'ws';

import { cast, until } from '../kit/people.mjs';
import { startServer } from '../kit/server.mjs';
import { moduleOf } from './listings.mjs';

globalThis.WebSocket ??= WebSocket;

let server;
let bare;
before(async () => {
  server = await startServer();
  bare = await moduleOf('frontend.md', 'js bare');
});
after(() => server.close());

/** The page of `person`, and a way to wait for what it shows. */
async function open(t, { person, bot, token = async () => person.tokens.access_token }) {
  // A break may be over before anybody looks.
  const breaks = { count: 0 };
  const changed = () => (breaks.count += live.status === 'away' ? 1 : 0);
  const live = new bare.LiveBot({ url: server.url, bot: bot.id, token, changed });
  t.after(() => live.stop());
  await live.start();
  await until(() => live.status === 'live', 'the greeting');
  const texts = (session) => [...(live.messages.get(session.id)?.values() ?? [])].map(({ content }) => content);
  const shows = (session, expected) => until(() => texts(session).join() === expected.join(), `${expected}, not ${texts(session)}`);
  return { live, shows, broken: () => until(() => breaks.count > 0, 'the break') };
}

const cut = ({ live }) => live.socket.terminate();

test('a page shows what is posted, edited and deleted, also after a break', async (t) => {
  const { owner, viewer, bot, session } = await cast(server.url);
  await owner.post(session, 'before');
  const page = await open(t, { person: viewer, bot });
  const message = await owner.post(session, 'one');
  await page.shows(session, ['before', 'one']);
  cut(page);
  await page.broken();
  await owner.call('PATCH', `/messages/${message.id}`, { content: 'one, edited' });
  await owner.post(session, 'two');
  await page.shows(session, ['before', 'one, edited', 'two']);
  await owner.call('DELETE', `/messages/${message.id}`);
  await page.shows(session, ['before', 'two']);
});

test('a page whose past cannot be replayed loads anew and loses nothing', async (t) => {
  const { owner, viewer, bot, session } = await cast(server.url);
  const page = await open(t, { person: viewer, bot });
  await owner.post(session, 'one');
  await page.shows(session, ['one']);
  page.live.cursor.epoch = 'another';
  page.live.messages.clear();
  cut(page);
  await owner.post(session, 'two');
  await page.shows(session, ['one', 'two']);
  const { epoch, seq } = await viewer.snapshot(bot);
  assert.deepEqual(page.live.cursor, { epoch, seq });
});

test('an answer grows piece by piece until its message takes its place', async (t) => {
  const { owner, editor, viewer, bot, session } = await cast(server.url);
  const document = await editor.upload(bot, 'keys.txt', 'The brass key is in the drawer by the door. 🔑 It is never lent.');
  await until(async () => (await viewer.get(`/documents/${document.id}`)).status === 'processed', 'the document');
  const page = await open(t, { person: viewer, bot });
  const { answer } = await owner.ask(session, 'Where is the brass key?');
  await until(() => page.live.answers.has(answer.message_id) || page.live.messages.get(session.id)?.has(answer.message_id), 'a piece');
  const { content } = await until(() => page.live.messages.get(session.id)?.get(answer.message_id), 'the whole');
  assert.match(content, /drawer/);
  assert.equal(page.live.answers.size, 0);
  for (const [offset, piece] of [[0, 'a 🔑'], [3, ' and b'], [3, ' or c']]) page.live.delta({ message_id: 'x', offset, content: piece });
  assert.equal(page.live.answers.get('x'), 'a 🔑 or c');
});

test('a message posted twice under one key is there once', async (t) => {
  const { viewer, bot, session } = await cast(server.url);
  const page = await open(t, { person: viewer, bot });
  const first = await page.live.post(session.id, 'hello', 'one-key');
  const second = await page.live.post(session.id, 'hello', 'one-key');
  assert.equal(first.message.id, second.message.id);
  await page.shows(session, ['hello']);
  await assert.rejects(page.live.post(session.id, ''), ({ status, code }) => status === 422 && code === 'validation_failed');
});

test('a page whose role is taken away is gone for good', async (t) => {
  const { owner, viewer, bot } = await cast(server.url);
  const { live } = await open(t, { person: viewer, bot });
  await owner.revoke(bot, viewer);
  await until(() => live.status === 'gone', 'the end');
  assert.equal(live.why, 4003);
});

test('a withdrawn token is replaced by a fresh one, and without one the page is signed out', async (t) => {
  const { owner, viewer, bot, session } = await cast(server.url);
  let other = await viewer.again();
  const token = async ({ fresh }) => (fresh ? other?.tokens.access_token ?? null : viewer.tokens.access_token);
  const page = await open(t, { person: viewer, bot, token });
  await viewer.logOut();
  await page.broken();
  await owner.post(session, 'for the second log-in');
  await page.shows(session, ['for the second log-in']);
  const last = other;
  other = null;
  await last.logOut();
  await until(() => page.live.status === 'gone', 'the end');
  assert.equal(page.live.why, 'signed_out');
});

test('a token that is about to end is renewed on the open socket', async (t) => {
  const { viewer, bot } = await cast(server.url);
  const { live } = await open(t, { person: viewer, bot });
  let renewed = 0;
  live.token = async ({ fresh }) => ((renewed += fresh ? 1 : 0), (await viewer.again()).tokens.access_token);
  const authenticated = new Promise((resolve) => {
    live.pass = (type, data) => {
      bare.LiveBot.prototype.pass.call(live, type, data);
      if (type === 'authenticated') resolve();
    };
  });
  live.renewAt(Date.now());
  await authenticated;
  assert.equal(renewed, 1);
  assert.equal(live.status, 'live');
});

test('the long poll goes from number to number', async () => {
  const { owner, viewer, bot, session } = await cast(server.url);
  const { seq, epoch } = await viewer.snapshot(bot);
  const { access_token } = viewer.tokens;
  const seen = [];
  const next = bare.poll(server.url, bot.id, access_token, { seq, epoch }, (event) => seen.push(event));
  await owner.post(session, 'polled');
  const cursor = await next;
  assert.deepEqual(seen.map(({ data }) => data.content), ['polled']);
  assert.deepEqual(cursor, { seq: seen[0].seq, epoch });
  assert.equal(await bare.poll(server.url, bot.id, access_token, { seq, epoch: 'another' }, () => {}), null);
});
