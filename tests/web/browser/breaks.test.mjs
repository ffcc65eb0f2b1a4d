// What the console does while the server or the line is away: nothing is lost, nothing comes twice, and it says how it stands.

import assert from 'node:assert/strict';
import test from 'node:test';

import { assertAccessible } from '../kit/axe.mjs';
import { browserFor, PHONE } from '../kit/browser.mjs';
import { Model } from '../kit/model.mjs';
import { cast, until } from '../kit/people.mjs';
import { proxyFor } from '../kit/proxy.mjs';
import { serverFor } from '../kit/server.mjs';
import { assertInOrder, signedIn } from './console.mjs';

/** What Chromium itself says of a server that is away. */
const AWAY = [/console: .*(WebSocket connection|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_SOCKET|Failed to load resource)/];

/** A server of the test's own behind a network that can be broken. */
async function stage(t) {
  // First, so that it goes first: a page that loses its server complains.
  const browser = await browserFor(t);
  const server = await serverFor(t);
  return { browser, server, proxy: await proxyFor(t, server), ...await cast(server.url, { plain: true }) };
}

/** Looks at the conversation, and may lose the line. */
async function talking(person, bot, session) {
  person.visitor.expect(...AWAY);
  await person.goToBot(bot.name);
  await person.open(session.title);
  return person;
}

test('a server that is killed in mid-answer comes back, and everybody ends with the same conversation', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const model = await Model.start();
  t.after(() => model.close());
  const server = await serverFor(t, { settings: model.settings });
  const { owner, viewer, bot, session } = await cast(server.url, { plain: true });
  const ann = await talking(await signedIn(browser, server.url, owner), bot, session);
  const eve = await talking(await signedIn(browser, server.url, viewer), bot, session);
  await ann.write('@bot tell me of the sea');
  const call = await model.asked();
  call.say('The sea is ');
  await eve.sees('The sea is');
  await server.kill();
  await ann.page.getByRole('button', { name: /^Reconnecting/ }).waitFor();
  await ann.write('Are you still there?');
  await ann.message('Are you still there?').getByText('Waiting for the connection').waitFor();
  await ann.visitor.screenshot('away');
  await server.start();
  for (const person of [ann, eve]) {
    await person.connected();
    await person.page.getByText('Interrupted: the server stopped while it was being written.').waitFor();
    await person.sees('Are you still there?');
  }
  await ann.button('Ask again').click();
  await model.reply('The sea is deep.');
  for (const person of [ann, eve]) await person.sees('The sea is deep.');
  const texts = await ann.texts();
  assert.deepEqual(texts, await eve.texts());
  assertInOrder(texts, ['tell me of the sea', 'Are you still there?', 'The sea is deep.']);
});

test('what is sent without a line waits, and then goes in order, each once', { timeout: 120_000 }, async (t) => {
  const { browser, server, proxy, owner, viewer, bot, session } = await stage(t);
  const ann = await talking(await signedIn(browser, proxy.url, owner), bot, session);
  const eve = await talking(await signedIn(browser, server.url, viewer), bot, session);
  proxy.refuse();
  proxy.cut();
  await ann.page.getByRole('button', { name: /^Reconnecting/ }).waitFor();
  const mine = ['One', 'Two', 'Three'];
  for (const text of mine) await ann.write(text);
  await ann.message('Three').getByText('Waiting for the connection').waitFor();
  // Meanwhile others go on.
  await eve.write('Where is ann?');
  await eve.sees('Where is ann?');
  await until(async () => (await owner.messages(session)).length === 1, 'what eve wrote to be stored');
  assert.equal(await ann.page.getByText('Where is ann?').count(), 0);
  await proxy.heal();
  await ann.connected();
  for (const person of [ann, eve]) await person.sees('Three');
  await ann.sees('Where is ann?');
  const stored = (await owner.messages(session)).map(({ content }) => content);
  assert.deepEqual(stored, ['Where is ann?', ...mine]);
  for (const person of [ann, eve]) await until(async () => (await person.texts()).length === stored.length, 'all in their places');
  assert.deepEqual(await eve.texts(), stored);
  assert.deepEqual(await ann.texts(), stored);
});

test('what did not load says so, and comes with the connection or when asked', { timeout: 120_000 }, async (t) => {
  const { browser, proxy, owner, viewer, bot, session } = await stage(t);
  for (let n = 0; n < 60; n += 1) await owner.post(session, `Number ${n} of many`);
  for (let n = 0; n < 51; n += 1) await owner.createSession(bot, { title: `Later ${n}` });
  const eve = await signedIn(browser, proxy.url, viewer);
  const { page } = eve;
  eve.visitor.expect(...AWAY);
  const list = eve.conversations();
  const thread = page.getByRole('region', { name: session.title });
  const older = proxy.rule(({ path, query }) => (path.endsWith('/sessions') && /cursor|limit/.test(String(query)) ? 'cut' : undefined));
  await eve.goToBot(bot.name);
  await eve.button('Older conversations').click();
  await list.getByText('The server cannot be reached right now.').waitFor();
  older();
  await list.getByRole('button', { name: 'Try again' }).click();
  await list.getByRole('link', { name: session.title }).waitFor();

  proxy.refuse();
  proxy.cut();
  await page.getByRole('button', { name: /^Reconnecting/ }).waitFor();
  await eve.open(session.title);
  await thread.getByText('The server cannot be reached right now.').waitFor();
  await proxy.heal();
  await eve.connected();
  await eve.sees('Number 59 of many');
  await owner.post(session, 'One more');
  await eve.sees('One more');
  const read = page.getByRole('log', { name: 'New messages' });
  await until(async () => (await read.innerText()).includes('One more'), 'the new one to be read aloud');
  assert.equal((await read.innerText()).includes('of many'), false, 'what was there before is not new');

  const back = proxy.rule(({ path, query }) => (/messages$/.test(path) && /before=/.test(String(query)) ? { status: 500 } : undefined));
  await page.getByRole('region', { name: 'Messages', exact: true }).press('Home');
  await thread.getByRole('button', { name: 'Try again' }).waitFor();
  back();
  await thread.getByRole('button', { name: 'Try again' }).click();
  await eve.sees('Number 0 of many');

  // No socket either: with one, the page asks for the list again by itself and takes the button away.
  const bots = proxy.rule(({ path, upgrade }) => (upgrade ? 'hold' : path === '/api/bots' ? { status: 500 } : undefined));
  await page.reload();
  await page.getByText('Your bots could not be loaded.').waitFor();
  bots();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: bot.name }).waitFor();
});

test('what waited when the page was closed goes when it is opened again', { timeout: 120_000 }, async (t) => {
  const { browser, proxy, owner, bot, session } = await stage(t);
  const ann = await talking(await signedIn(browser, proxy.url, owner), bot, session);
  const address = ann.page.url();
  proxy.refuse();
  proxy.cut();
  await ann.page.getByRole('button', { name: /^Reconnecting/ }).waitFor();
  await ann.write('Before I go');
  await ann.message('Before I go').getByText('Waiting for the connection').waitFor();
  await ann.page.close();
  await proxy.heal();
  ann.page = await ann.visitor.tab();
  await ann.page.goto(address);
  await ann.sees('Before I go');
  await until(async () => (await owner.messages(session)).length === 1, 'the message to be stored');
  await until(async () => (await ann.texts()).length === 1, 'the message in its place');
  assert.deepEqual(await ann.texts(), ['Before I go']);
});

test('who was away when a bot was suspended is told what can be known', { timeout: 120_000 }, async (t) => {
  const { browser, proxy, owner, viewer, bot, session } = await stage(t);
  const ann = await talking(await signedIn(browser, proxy.url, owner), bot, session);
  const eve = await talking(await signedIn(browser, proxy.url, viewer), bot, session);
  proxy.refuse();
  proxy.cut();
  for (const { page } of [ann, eve]) await page.getByRole('button', { name: /^Reconnecting/ }).waitFor();
  await owner.call('PATCH', `/admin/bots/${bot.id}`, { suspended: true });
  await proxy.heal();
  for (const one of [ann, eve]) await one.connected();
  await ann.heading(`${bot.name} is suspended`).waitFor();
  await eve.heading(`${bot.name} is closed to you now`).waitFor();
  await eve.page.getByText('It is not there any more, or no longer shared with you.').waitFor();
});

test('a page whose sockets are blocked goes on by other ways', { timeout: 120_000 }, async (t) => {
  const { browser, proxy, owner, viewer, bot, session } = await stage(t);
  proxy.refuseUpgrades(403);
  const eve = await talking(await signedIn(browser, proxy.url, viewer), bot, session);
  await eve.connected();
  await owner.post(session, 'By the back door');
  await eve.sees('By the back door');
  await eve.page.getByRole('button', { name: /^Connected/ }).click();
  await eve.page.getByText('Server-sent events').waitFor();
});

test('after ten seconds without a connection it is red and says so, and green again afterwards', { timeout: 120_000 }, async (t) => {
  const { browser, proxy, owner, bot, session } = await stage(t);
  const ann = await talking(await signedIn(browser, proxy.url, owner), bot, session);
  await ann.page.getByRole('button', { name: /^Connected, \d+ ms$/ }).getByText(/^\d+ ms$/).waitFor();
  const banner = ann.page.getByRole('main').getByText('No connection. What you write waits and is sent later.');
  proxy.rule(() => 'cut');
  proxy.cut();
  await ann.page.getByRole('button', { name: /^Reconnecting/ }).getByText('Reconnecting').waitFor();
  assert.equal(await banner.count(), 0, 'a short break is told by the light alone');
  const light = ann.page.getByRole('button', { name: 'No connection', exact: true });
  await light.getByText('No connection').waitFor();
  await banner.waitFor();
  await ann.write('For later');
  await ann.message('For later').getByText('Waiting for the connection').waitFor();
  await assertAccessible(ann.page);
  await ann.visitor.screenshot('no-connection');
  await ann.page.emulateMedia({ colorScheme: 'dark' });
  await ann.page.setViewportSize(PHONE);
  await assertAccessible(ann.page);
  await ann.visitor.screenshot('no-connection-phone');
  const tried = proxy.upgrades;
  await light.click();
  // While there is no line: a page that comes back by itself takes the button away.
  await ann.button('Reconnect now').click();
  await until(() => proxy.upgrades > tried, 'a try');
  await proxy.heal();
  await ann.connected();
  await banner.waitFor({ state: 'detached' });
  // With a connection it is "Sending …" before it is stored.
  await until(async () => (await ann.texts()).length === 1, 'the message in its place');
  await ann.message('For later').getByText('Waiting for the connection').waitFor({ state: 'detached' });
  assert.deepEqual((await owner.messages(session)).map(({ content }) => content), ['For later']);
});
