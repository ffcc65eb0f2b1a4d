// The kit itself: a proxy that does not break what it should break would let every test above it pass.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { Browser, browserFor } from './browser.mjs';
import { cast, Person, Refused, until } from './people.mjs';
import { proxyFor } from './proxy.mjs';
import { serverFor, startServer } from './server.mjs';
import { Socket } from './socket.mjs';

let server;
before(async () => (server = await startServer()));
after(() => server.close());

const listen = (url, person, bot) => Socket.toBot(url, person, bot);

test('a cast has its roles, and a stranger is refused', async () => {
  const { viewer, stranger, bot } = await cast(server.url);
  assert.equal((await viewer.get(`/bots/${bot.id}`)).role, 'viewer');
  await assert.rejects(stranger.get(`/bots/${bot.id}`), (error) => error instanceof Refused && error.status === 404);
});

test('what is posted passes through the proxy and is counted', async (t) => {
  const proxy = await proxyFor(t, server);
  const { owner, viewer, bot, session } = await cast(server.url);
  const listener = await listen(proxy.url, viewer, bot);
  await owner.post(session, 'Hello');
  assert.equal((await listener.frame({ type: 'chat_message' })).data.content, 'Hello');
  assert.equal(proxy.upgrades, 1);
  await listener.close();
  await until(() => proxy.open() === 0, 'the connection to be gone');
});

for (const by of ['rst', 'fin']) {
  test(`a connection cut by ${by} is closed abnormally`, async (t) => {
    const proxy = await proxyFor(t, server);
    const { viewer, bot } = await cast(server.url);
    const listener = await listen(proxy.url, viewer, bot);
      proxy.cut({ by });
    assert.equal((await listener.closed).code, 1006);
  });
}

test('in a black hole nothing arrives, and after it everything does', async (t) => {
  const proxy = await proxyFor(t, server);
  const { owner, viewer, bot, session } = await cast(server.url);
  const direct = await listen(server.url, owner, bot);
  const listener = await listen(proxy.url, viewer, bot);
  const before = proxy.sent;
  proxy.blackHole();
  await owner.post(session, 'Into the hole');
  await direct.frame({ type: 'chat_message' });
  assert.equal(proxy.sent, before);
  await proxy.heal();
  assert.equal((await listener.frame({ type: 'chat_message' })).data.content, 'Into the hole');
  await direct.close();
  await listener.close();
});

test('upgrades alone can be refused', async (t) => {
  const proxy = await proxyFor(t, server);
  const { viewer, bot } = await cast(server.url);
  proxy.refuseUpgrades(403);
  const refused = new Socket(`${proxy.url}/api/ws/chat/${bot.id}`, viewer);
  await refused.closed;
  assert.match(refused.error.message, /403/);
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

test('an answer can be held back, and the request too', async (t) => {
  const proxy = await proxyFor(t, server);
  const { owner, session } = await cast(server.url);
  let release;
  const told = new Promise((came) => proxy.rule(({ method }) => (method === 'POST' ? { late: new Promise((done) => (release = done)), came } : undefined)));
  const direct = await Person.register(server.url);
  owner.url = proxy.url;
  const posted = owner.post(session, 'Held');
  await told;
  owner.url = server.url;
  assert.equal((await owner.messages(session)).length, 1);
  release();
  assert.equal((await posted).content, 'Held');
  await proxy.heal();
  let pass;
  proxy.rule(() => new Promise((done) => (pass = done)));
  direct.url = proxy.url;
  const asked = direct.get('/auth/me');
  await until(() => pass, 'the request');
  pass();
  assert.equal((await asked).username, direct.username);
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
  const listener = await listen(own.url, viewer, bot);
  const { port } = own;
  await own.restart();
  assert.equal((await listener.closed).code, 1001);
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
