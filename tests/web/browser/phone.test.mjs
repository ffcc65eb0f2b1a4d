// On the screen of a phone: everything can be reached, nothing sticks out.

import assert from 'node:assert/strict';
import test from 'node:test';

import { assertAccessible } from '../kit/axe.mjs';
import { browserFor, PHONE } from '../kit/browser.mjs';
import { cast } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { signedIn } from './console.mjs';

const CONTEXT = { viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const NARROW = { width: 320, height: 640 };

/** The page is no wider than the screen, and no control leaves it but in a region that scrolls. */
async function assertFits(page) {
  const { width } = page.viewportSize();
  const { wide, out } = await page.evaluate((right) => {
    const scrolls = (element) => {
      for (let one = element.parentElement; one; one = one.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth && one.id !== 'main') return true;
      }
      return false;
    };
    const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, label, [role=button], [role=switch], [tabindex="0"]')];
    const sticking = controls.filter((one) => {
      const box = one.getBoundingClientRect();
      return one.checkVisibility({ visibilityProperty: true }) && box.width > 1 && (box.left < -0.5 || box.right > right + 0.5) && !scrolls(one);
    });
    const told = (one) => `${one.tagName.toLowerCase()} "${(one.getAttribute('aria-label') ?? one.innerText ?? '').trim().slice(0, 40)}" to ${Math.round(one.getBoundingClientRect().right)}`;
    return { wide: Math.max(document.documentElement.scrollWidth, document.getElementById('main')?.scrollWidth ?? 0), out: sticking.map(told) };
  }, width);
  assert.deepEqual(out, [], `${page.url()}: what sticks out of ${width}`);
  assert.ok(wide <= width, `${page.url()} is ${wide} wide, the screen ${width}`);
}

/** Which part of the administration this is stands in its strip of tabs, and below. */
async function assertShowsPart(page) {
  const tab = page.getByRole('navigation', { name: 'Parts of the administration' }).locator('[aria-current]');
  const { x, width } = await tab.boundingBox();
  assert.ok(x >= 0 && x + width <= page.viewportSize().width, `${await tab.innerText()} lies from ${x}, ${width} wide`);
  const heading = await page.getByRole('heading', { level: 2, name: (await tab.innerText()).trim(), exact: true }).boundingBox();
  assert.ok(heading.width > 20, 'the heading is seen');
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
  assert.equal(bot.name, 'Librarian');
});

test('the other pages and the administration fit a phone, and a narrow one', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner } = await cast(server.url, { plain: true });
  // The first account of a server runs it.
  const ann = await signedIn(browser, server.url, owner, CONTEXT);
  const { page } = ann;
  const parts = ['', '/connections', '/tasks', '/users', '/bots', '/audit', '/broadcast'].map((part) => `admin${part}`);
  for (const path of ['bots', 'notifications', 'account', 'inspector', ...parts]) {
    await page.setViewportSize(PHONE);
    await page.goto(`/console/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
    await assertFits(page);
    if (path.startsWith('admin')) await assertShowsPart(page);
    await ann.visitor.screenshot(`phone-${path.replace('/', '-')}`);
    await page.setViewportSize(NARROW);
    await assertFits(page);
    if (path === 'inspector') await ann.visitor.screenshot('phone-narrow-inspector');
  }
  await page.setViewportSize(PHONE);
  await page.goto('/console/admin/audit');
  const rows = page.getByRole('row').filter({ has: page.getByRole('cell') });
  await rows.first().waitFor();
  const heights = await rows.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  assert.ok(Math.max(...heights) < 100, `rows of the audit are ${heights.join(', ')} high`);
});
