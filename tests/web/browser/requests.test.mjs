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
    await ann.button('Try again').waitFor();
    assert.equal(await ann.heading('This conversation is not here').count(), 0);
    back();
    await ann.button('Try again').click();
    await ann.heading('This conversation is not here').waitFor();
  });
});
