// The kit itself: a proxy that does not break what it should break would let every test above it pass.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { after, before } from 'node:test';

import WebSocket from 'ws';

import { assertAccessible } from './axe.mjs';
import { Browser, browserFor } from './browser.mjs';
import { cast, Person, Refused, until } from './people.mjs';
import { proxyFor } from './proxy.mjs';
import { serverFor, startServer } from './server.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.close());

/** A plain socket of a person to a bot; `frames` fills, `closed` resolves with the code. */
function listen(url, person, bot) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws/chat/${bot.id}`, ['colloquy.v1', `bearer.${person.tokens.access_token}`]);
  const listener = { socket, frames: [] };
  socket.on('message', (text) => listener.frames.push(JSON.parse(String(text))));
  listener.closed = new Promise((done) => socket.on('close', done));
  socket.on('error', (error) => (listener.error = error));
  listener.until = (type) => until(() => listener.frames.find((frame) => frame.type === type), type);
  return listener;
}

test('a cast has its roles, and a stranger is refused', async () => {
  const { viewer, stranger, bot } = await cast(server.url);
  assert.equal((await viewer.get(`/bots/${bot.id}`)).role, 'viewer');
  await assert.rejects(stranger.get(`/bots/${bot.id}`), (error) => error instanceof Refused && error.status === 404);
});

test('what is posted passes through the proxy and is counted', async (t) => {
  const proxy = await proxyFor(t, server);
  const { owner, viewer, bot, session } = await cast(server.url);
  const listener = listen(proxy.url, viewer, bot);
  await listener.until('connection_established');
  await owner.post(session, 'Hello');
  assert.equal((await listener.until('chat_message')).data.content, 'Hello');
  assert.equal(proxy.upgrades, 1);
  listener.socket.close();
  await until(() => proxy.open() === 0, 'the connection to be gone');
});

for (const by of ['rst', 'fin']) {
  test(`a connection cut by ${by} is closed abnormally`, async (t) => {
    const proxy = await proxyFor(t, server);
    const { viewer, bot } = await cast(server.url);
    const listener = listen(proxy.url, viewer, bot);
    await listener.until('connection_established');
    proxy.cut({ by });
    assert.equal(await listener.closed, 1006);
  });
}

test('in a black hole nothing arrives, and after it everything does', async (t) => {
  const proxy = await proxyFor(t, server);
  const { owner, viewer, bot, session } = await cast(server.url);
  const direct = listen(server.url, owner, bot);
  const listener = listen(proxy.url, viewer, bot);
  await Promise.all([direct.until('connection_established'), listener.until('connection_established')]);
  const before = proxy.sent;
  proxy.blackHole();
  await owner.post(session, 'Into the hole');
  await direct.until('chat_message');
  assert.equal(proxy.sent, before);
  await proxy.heal();
  assert.equal((await listener.until('chat_message')).data.content, 'Into the hole');
  direct.socket.close();
  listener.socket.close();
});

test('upgrades alone can be refused', async (t) => {
  const proxy = await proxyFor(t, server);
  const { viewer, bot } = await cast(server.url);
  proxy.refuseUpgrades(403);
  const listener = listen(proxy.url, viewer, bot);
  await listener.closed;
  assert.match(listener.error.message, /403/);
  viewer.url = proxy.url;
  assert.equal((await viewer.get(`/bots/${bot.id}`)).id, bot.id);
});

test('an answer can be lost after its request went through', async (t) => {
  const proxy = await proxyFor(t, server);
  const { owner, session } = await cast(server.url);
  proxy.loseAnswers(({ method, path }) => method === 'POST' && path.endsWith('/messages'));
  owner.url = proxy.url;
  await assert.rejects(owner.post(session, 'Once', { key: 'k1' }), TypeError);
  await owner.post(session, 'Once', { key: 'k1' });
  assert.deepEqual((await owner.messages(session)).map(({ content }) => content), ['Once']);
});

test('a refusing proxy lets nobody in until it is healed', async (t) => {
  const proxy = await proxyFor(t, server);
  await proxy.refuse();
  await assert.rejects(fetch(`${proxy.url}/health`), TypeError);
  await proxy.heal();
  assert.equal((await fetch(`${proxy.url}/health`)).status, 200);
});

test('a server restarts on its port with its data, and says 1001 before it stops', async (t) => {
  const own = await serverFor(t);
  const { viewer, bot } = await cast(own.url);
  const listener = listen(own.url, viewer, bot);
  await listener.until('connection_established');
  const { port } = own;
  await own.restart();
  assert.equal(await listener.closed, 1001);
  assert.equal(own.port, port);
  assert.equal((await viewer.get(`/bots/${bot.id}`)).id, bot.id);
  await own.kill();
  await assert.rejects(viewer.get(`/bots/${bot.id}`), TypeError);
});

test('settings reach the server', async (t) => {
  const own = await serverFor(t, { settings: { COLLOQUY_REGISTRATION: 'closed' } });
  await Person.register(own.url);
  await assert.rejects(Person.register(own.url), (error) => error.status === 403);
});

test('a browser opens pages of the server without a problem', async (t) => {
  const browser = await browserFor(t);
  const ann = await browser.visitor('ann', server.url);
  await ann.page.goto('/health');
  assert.match(await ann.page.textContent('body'), /"ok"/);
});

test('what goes wrong in a page is noticed', async (t) => {
  const browser = await Browser.launch();
  t.after(() => browser.close());
  const ann = await browser.visitor('ann', server.url);
  await ann.page.goto('/health');
  await ann.page.evaluate(() => {
    console.error('on the console');
    Promise.reject(new Error('unhandled'));
    setTimeout(() => { throw new Error('uncaught'); });
  });
  await until(() => ann.seen.length >= 3, 'three problems');
  assert.throws(() => browser.check(), /on the console[^]*unhandled|unhandled[^]*on the console/);
  ann.expect(/./);
  browser.check();
});

test('axe finds a picture without a text', async (t) => {
  const browser = await browserFor(t);
  const ann = await browser.visitor('ann', server.url);
  await ann.page.setContent('<!doctype html><html lang="en"><title>T</title><main><h1>T</h1><p>Fine.</p></main></html>');
  await assertAccessible(ann.page);
  await ann.page.setContent('<!doctype html><html lang="en"><title>T</title><main><h1>T</h1><img src="data:,"></main></html>');
  await assert.rejects(assertAccessible(ann.page), /image-alt/);
});
