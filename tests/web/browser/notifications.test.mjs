// What one is told: live, in the list, and in all tabs of one person.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { signedIn } from './console.mjs';

test('a broadcast and a mention arrive live, are read, dismissed, and followed by another tab', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, viewer, session } = await cast(server.url, { plain: true });
  // What the cast has told eve so far.
  await viewer.call('POST', '/notifications/read-all');
  const [ann, eve] = await Promise.all([signedIn(browser, server.url, owner), signedIn(browser, server.url, viewer)]);
  const bell = (page, unread) => page.getByRole('link', { name: unread ? `Notifications, ${unread} unread` : 'Notifications', exact: true });
  const toasts = eve.page.getByRole('region', { name: 'Messages of the console' });
  await eve.connected();
  await bell(eve.page, 0).waitFor();
  // From here on her page's time can be moved forward.
  await eve.page.clock.install();

  await ann.page.goto('/console/admin/broadcast');
  await ann.fill({ Title: 'Tonight', Message: 'The workshop closes at six' });
  await ann.button('Send to everybody…').click();
  await ann.dialog('Send this to everybody?').getByRole('button', { name: 'Send' }).click();
  await eve.toast('The workshop closes at six').waitFor();
  await bell(eve.page, 1).waitFor();
  // The pointer on it: it waits.
  await eve.toast('The workshop closes at six').hover();

  await owner.post(session, 'The key is with @eve');
  await toasts.getByText('ann mentioned you', { exact: true }).waitFor();
  await bell(eve.page, 2).waitFor();
  await until(async () => /^\(2\)/.test(await eve.page.title()), 'the title to count them');

  // Another tab meanwhile, with the list.
  const tab = await eve.visitor.tab();
  await tab.goto('/console/notifications');
  await bell(tab, 2).waitFor();
  const row = (page, text) => page.getByRole('main').getByRole('listitem').filter({ hasText: text });
  const news = (page) => page.getByRole('main').getByText('New', { exact: true });
  await row(tab, 'The workshop closes at six').waitFor();
  await tab.getByRole('button', { name: 'Mark as read: Tonight' }).click();
  for (const page of [tab, eve.page]) await bell(page, 1).waitFor();
  assert.equal(await news(tab).count(), 1);
  await tab.getByRole('button', { name: 'Unread (1)' }).click();
  await row(tab, 'Tonight').waitFor({ state: 'detached' });
  await row(tab, 'ann mentioned you').waitFor();
  await tab.getByRole('button', { name: 'All', exact: true }).click();

  // The younger one goes by itself, the older one not before the pointer leaves it.
  await eve.visitor.screenshot('toast');
  await eve.page.clock.fastForward(20_000);
  await toasts.getByText('ann mentioned you', { exact: true }).waitFor({ state: 'detached' });
  assert.ok(await eve.toast('The workshop closes at six').isVisible());
  // The pointer goes, then the focus, and the pointer comes back: it waits again.
  await toasts.getByRole('button', { name: 'Dismiss' }).focus();
  await eve.page.mouse.move(640, 400);
  await eve.heading('Bots').focus();
  await eve.toast('The workshop closes at six').hover();
  await eve.page.clock.fastForward(20_000);
  await eve.page.evaluate(() => new Promise(requestAnimationFrame));
  assert.ok(await eve.toast('The workshop closes at six').isVisible());
  await eve.page.mouse.move(640, 400);
  await eve.page.clock.fastForward(8000);
  await eve.toast('The workshop closes at six').waitFor({ state: 'detached' });

  // Both tabs have the list; what is done in one is seen in the other.
  await bell(eve.page, 1).click();
  await eve.heading('Notifications').waitFor();
  for (const [day, text] of [['Monday', 'New gauges have come'], ['Tuesday', 'Somebody left a lamp on']]) {
    await owner.call('POST', '/admin/broadcast', { title: day, message: text, level: day === 'Tuesday' ? 'warning' : 'info' });
    for (const page of [tab, eve.page]) await row(page, text).waitFor();
  }
  for (const page of [tab, eve.page]) await bell(page, 3).waitFor();
  await eve.button('Mark all as read').click();
  for (const page of [tab, eve.page]) {
    await bell(page, 0).waitFor();
    await news(page).first().waitFor({ state: 'detached' });
  }
  assert.ok(await eve.button('Mark all as read').isDisabled());
  await eve.button('Dismiss: Monday').click();
  for (const page of [tab, eve.page]) {
    await row(page, 'New gauges have come').waitFor({ state: 'detached' });
    await row(page, 'Somebody left a lamp on').waitFor();
  }
  const stored = (await viewer.get('/notifications')).items;
  assert.deepEqual(stored.map(({ title }) => title), ['Tuesday', 'ann mentioned you', 'Tonight', 'Librarian was shared with you']);
  assert.ok(stored.every(({ read_at }) => read_at));

  // And it leads to where one was mentioned.
  await row(eve.page, 'ann mentioned you').getByRole('link').click();
  await eve.heading(session.title).waitFor();
  await eve.sees('The key is with @eve');
});

test('with the keyboard one goes on from row to row', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, viewer } = await cast(server.url, { plain: true });
  await viewer.call('POST', '/notifications/read-all');
  for (const day of ['Monday', 'Tuesday', 'Wednesday']) await owner.call('POST', '/admin/broadcast', { title: day, message: 'First line\nSecond line' });
  const eve = await signedIn(browser, server.url, viewer);
  await eve.page.goto('/console/notifications');
  const row = (day) => eve.page.getByRole('main').getByRole('listitem').filter({ hasText: day });
  const focused = (locator, what) => until(() => locator.evaluate((node) => node === document.activeElement), `the focus on ${what}`);
  await row('Tuesday').waitFor();
  assert.match(await row('Tuesday').innerText(), /First line\nSecond line/, 'lines stay lines');
  await eve.button('Mark as read: Tuesday').press('Enter');
  await eve.button('Mark as read: Tuesday').waitFor({ state: 'detached' });
  await focused(row('Tuesday'), 'the row that was read');
  await eve.button('Dismiss: Tuesday').press('Enter');
  await row('Tuesday').waitFor({ state: 'detached' });
  await focused(row('Monday'), 'the row that took its place');
  await eve.button('Unread (2)').click();
  await eve.page.getByRole('button', { name: 'Unread (2)', exact: true, pressed: true }).waitFor();
  await eve.button('Mark as read: Monday').press('Enter');
  await row('Monday').waitFor({ state: 'detached' });
  await focused(row('Wednesday'), 'the row before');
  await eve.button('Dismiss: Wednesday').press('Enter');
  await focused(eve.heading('Notifications'), 'the heading');
});

test('who loses a bot reads why, and nothing lies over it', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, viewer, bot, session } = await cast(server.url, { plain: true });
  await viewer.call('POST', '/notifications/read-all');
  const eve = await signedIn(browser, server.url, viewer);
  const toasts = eve.page.getByRole('region', { name: 'Messages of the console' });
  const unread = (n) => eve.page.getByRole('link', { name: `Notifications, ${n} unread`, exact: true }).waitFor();
  await eve.goToBot(bot.name);
  // The page is there, and is about to give its heading the focus.
  await eve.conversations().waitFor();
  await eve.connected();
  await owner.post(session, 'The key is with @eve');
  await toasts.getByText('ann mentioned you', { exact: true }).waitFor();
  await owner.revoke(bot, viewer);
  const heading = eve.heading(`${bot.name} is closed to you now`);
  await heading.waitFor();
  await unread(2);
  await until(() => heading.evaluate((node) => node === document.activeElement), 'the focus on the heading');
  await toasts.getByText('ann mentioned you', { exact: true }).waitFor({ state: 'detached' });
  assert.equal(await toasts.getByText(bot.name).count(), 0);

  // Elsewhere it is told.
  await eve.link('To my bots').click();
  await owner.grant(bot, viewer);
  await toasts.getByText(`${bot.name} was shared with you`).waitFor();
  await owner.revoke(bot, viewer);
  await toasts.getByText(`Your access to ${bot.name} ended`).waitFor();
  assert.equal(await toasts.getByText(`${bot.name} was shared with you`).count(), 0);
});
