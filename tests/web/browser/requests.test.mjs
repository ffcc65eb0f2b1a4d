// What the console asks of the server, how much of it, and what it says when no answer comes.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast } from '../kit/people.mjs';
import { proxyFor } from '../kit/proxy.mjs';
import { serverFor } from '../kit/server.mjs';
import { signedIn } from './console.mjs';

/** What Chromium itself says of a request that fails. */
const FAILED = [/console: .*(WebSocket connection|ERR_|Failed to load resource|Failed to fetch)/];

test('what is asked for stays little, and what fails is told as it is', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const proxy = await proxyFor(t, server);
  const { owner, bot, session } = await cast(server.url, { plain: true });
  const posted = [];
  for (let n = 0; n < 130; n += 1) posted.push(await owner.post(session, `Number **${n}** of many`));
  const ann = await signedIn(browser, proxy.url, owner);
  ann.visitor.expect(...FAILED);
  const rendered = () => proxy.requests.filter(({ path }) => path.endsWith('/markdown')).length;
  const link = (one, message) => `/console/bots/${bot.id}/conversations/${one.id}${message ? `?message=${message.id}` : ''}`;

  await t.test('a link to an old message loads the way back in pages, not text by text', async () => {
    await ann.page.goto(link(session, posted[3]));
    await ann.message('Number 3 of many').locator('strong', { hasText: /^3$/ }).waitFor();
    assert.ok(rendered() < 20, `${rendered()} texts were asked for one by one`);
  });

  await t.test('a link to an old message that cannot be reached says so, and goes on when asked', async () => {
    const back = proxy.rule(({ path, query }) => (/messages$/.test(path) && /before=/.test(String(query)) ? 'cut' : undefined));
    await ann.page.goto(link(session, posted[3]));
    await ann.toast('The server cannot be reached right now, so the older messages could not be loaded.').waitFor();
    back();
    await ann.button('Try again').click();
    await ann.sees('Number 3 of many');
  });

  await t.test('a conversation that cannot be loaded is not called deleted', async () => {
    const gone = await owner.createSession(bot, { title: 'Soon gone' });
    await owner.call('DELETE', `/sessions/${gone.id}`);
    const back = proxy.rule(({ path }) => (path.endsWith(`/sessions/${gone.id}`) ? { status: 400 } : undefined));
    await ann.page.goto(link(gone));
    // A connection that comes only now would try again by itself.
    await ann.connected();
    await ann.button('Try again').waitFor();
    assert.equal(await ann.heading('This conversation is not here').count(), 0);
    back();
    await ann.button('Try again').click();
    await ann.heading('This conversation is not here').waitFor();
  });

  await t.test('conversations far down the list are not called empty', async () => {
    for (let n = 0; n < 51; n += 1) await owner.createSession(bot, { title: `Later ${n}` });
    await ann.page.goto(`/console/bots/${bot.id}`);
    await ann.button('Older conversations').click();
    await ann.conversations().getByRole('link', { name: session.title }).getByText('130 messages').waitFor();
  });

  await t.test('search forgets what was found with its words, and follows the address', async () => {
    await ann.page.goto(`/console/bots/${bot.id}/search`);
    const words = ann.page.getByRole('searchbox', { name: 'Words to find' });
    await words.fill('many');
    await ann.button('More').waitFor();
    await words.fill('');
    await ann.button('More').waitFor({ state: 'detached' });
    await words.fill('many');
    await ann.button('More').waitFor();
    assert.match(ann.page.url(), /\?q=many$/);
    await ann.link('Search the conversations').click();
    await ann.button('More').waitFor({ state: 'detached' });
    assert.equal(await words.inputValue(), '');
    assert.match(ann.page.url(), /search$/);
  });

  await t.test('the console says that it connects while the server takes its time', async () => {
    let go;
    const back = proxy.rule(({ path }) => (path.endsWith('/auth/me') ? new Promise((resolve) => { go = resolve; }) : undefined));
    await ann.page.goto('/console/bots');
    await ann.page.getByText('Connecting …').waitFor();
    back();
    go();
    await ann.heading('Bots').waitFor();
  });

  await t.test('a page that was never fetched says that the server is away', async () => {
    const back = proxy.rule(({ path }) => (path.endsWith('/pages/notifications.js') ? 'cut' : undefined));
    await ann.page.goto('/console/notifications');
    await ann.page.getByText('This page could not be loaded. The server cannot be reached right now.').waitFor();
    back();
    await ann.button('Try again').click();
    await ann.heading('Notifications').waitFor();
  });

  await t.test('notifications and a bot that do not load say why, and come when they can', async () => {
    const back = proxy.rule(({ path }) => (/(notifications|snapshot)$/.test(path) && path.startsWith('/api/') ? { status: 500 } : undefined));
    const second = await ann.page.context().newPage();
    const pages = [[ann.page, '/console/notifications', 'Nothing yet'], [second, `/console/bots/${bot.id}`, bot.name]];
    await Promise.all(pages.map(([page, address]) => page.goto(address)));
    await Promise.all(pages.map(([page]) => page.getByText('The server has trouble with this.').waitFor()));
    // Refused once more; then it comes with whichever of the attempts that go on by themselves is next.
    for (const [page] of pages) await page.getByRole('button', { name: 'Try again' }).click();
    back();
    await Promise.all(pages.map(([page, , heading]) => page.getByRole('heading', { name: heading, exact: true }).waitFor({ timeout: 40_000 })));
    await second.close();
  });

  await t.test('a double click on Older loads one page of the audit', async () => {
    await ann.page.goto('/console/admin/audit');
    await ann.button('Older').waitFor();
    const before = proxy.requests.at(-1);
    await ann.button('Older').dblclick();
    await ann.page.getByRole('row').nth(51).waitFor();
    const since = proxy.requests.slice(proxy.requests.lastIndexOf(before) + 1);
    assert.equal(since.filter(({ path }) => path.endsWith('/audit')).length, 1);
  });

  await t.test('long names make the list of connections wide, not the page', async () => {
    await owner.call('PATCH', `/bots/${bot.id}`, { name: 'Librarian of everything that was ever written down, and of some things besides' });
    await ann.page.setViewportSize({ width: 390, height: 844 });
    await ann.page.goto('/console/admin/connections');
    await ann.page.getByText(/^\d+ connections?$/).waitFor();
    assert.equal(await ann.page.evaluate(() => document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth), 0);
  });
});
