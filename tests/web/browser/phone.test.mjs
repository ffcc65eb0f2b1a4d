// On the screen of a phone: everything can be reached, nothing sticks out.

import assert from 'node:assert/strict';
import test from 'node:test';

import { assertAccessible } from '../kit/axe.mjs';
import { browserFor, PHONE } from '../kit/browser.mjs';
import { cast } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { signedIn } from './console.mjs';

const CONTEXT = { viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

async function assertFits(page) {
  const { wide, shown } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, shown: innerWidth }));
  assert.ok(wide <= shown, `${page.url()} is ${wide} wide, the screen ${shown}`);
}

test('a conversation on a phone: in, read, write, out to the list and to everything else', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, viewer, bot, session } = await cast(server.url, { plain: true });
  await owner.post(session, 'Good morning! Is anybody on the road today?');
  const eve = await signedIn(browser, server.url, viewer, CONTEXT);
  const { page } = eve;
  await assertFits(page);
  await page.getByRole('main').getByRole('link', { name: /Librarian/ }).tap();
  await page.getByRole('link', { name: /First questions/ }).tap();
  await eve.sees('Good morning!');
  await assertFits(page);
  await eve.composer.tap();
  await eve.composer.fill('I am, on the train.');
  await eve.button('Send').tap();
  await eve.sees('I am, on the train.');
  await owner.post(session, 'Safe journey');
  await eve.sees('Safe journey');
  await assertAccessible(page);
  await eve.visitor.screenshot('phone-conversation');
  await page.getByRole('link', { name: 'All conversations' }).tap();
  await page.getByRole('link', { name: /First questions/ }).waitFor();
  for (const part of ['Documents', 'Sharing', 'Settings']) {
    await eve.tab(part);
    await page.getByRole('heading', { name: part, exact: true }).waitFor();
    await assertFits(page);
    await assertAccessible(page);
  }
  await page.getByRole('link', { name: 'All bots' }).tap();
  await eve.heading('Bots').waitFor();
  for (const path of ['notifications', 'account', 'inspector']) {
    await page.goto(`/console/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await assertFits(page);
  }
  assert.equal(bot.name, 'Librarian');
});
