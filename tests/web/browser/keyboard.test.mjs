// Without a mouse: register, make a bot, begin a conversation, write, open a source, change a message, share, find a way everywhere.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { Person, cast, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { Console, signedIn } from './console.mjs';

/** Presses a key until what has the focus is called so. A circle without it fails. */
async function reach(page, name, key = 'Tab') {
  const steps = [];
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press(key);
    const here = await focused(page);
    if (name.test(here)) return here;
    steps.push(here);
  }
  throw new Error(`${name} is not reached by ${key}: ${steps.join(' | ')}`);
}

/** What a screen reader calls the element with the focus, more or less. */
function focused(page) {
  return page.evaluate(() => {
    const node = document.activeElement;
    if (!node || node === document.body) return '(page)';
    const label = node.getAttribute('aria-label') ?? [...(node.labels ?? [])].map((one) => one.textContent).join(' ');
    return (label || node.textContent || node.getAttribute('placeholder') || node.tagName).trim();
  });
}

/** The focus is to be seen: an outline, a ring, or a border of the box around it. */
async function assertFocusShown(page) {
  const shown = await page.evaluate(() => {
    for (let node = document.activeElement; node && node !== document.body; node = node.parentElement) {
      const style = getComputedStyle(node);
      if ((style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none') return true;
    }
    return false;
  });
  assert.ok(shown, `the focus on ${await focused(page)} is to be seen`);
}

const GUIDE = '# Chains\n\n## When is a chain worn out?\n\nMeasure with the gauge from drawer 4. Replace it at 0.75.\n';

test('all of it by keyboard', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const visitor = await browser.visitor('ann', server.url);
  const { page } = visitor;
  const ann = new Console(visitor);
  await page.goto('/');
  await ann.heading('Sign in').waitFor();
  await until(async () => /^User name/.test(await focused(page)), 'the first field to have the focus');
  await reach(page, /^Register/);
  await assertFocusShown(page);
  await page.keyboard.press('Enter');
  await ann.heading('Register').waitFor();
  await reach(page, /^User name/);
  await page.keyboard.type('ann');
  await reach(page, /^Password/);
  await page.keyboard.type('correct horse battery');
  await page.keyboard.press('Enter');
  await ann.heading('Bots').waitFor();
  await until(async () => (await focused(page)) === 'Bots', 'the heading to have the focus');

  const bob = await Person.register(server.url, 'bob');
  await reach(page, /^Skip to/);
  await reach(page, /^New bot/);
  await assertFocusShown(page);
  await page.keyboard.press('Enter');
  await ann.dialog('New bot').waitFor();
  assert.match(await focused(page), /^Name/);
  await page.keyboard.type('Librarian');
  await page.keyboard.press('Enter');
  await ann.heading('Librarian').waitFor();

  // The shortcuts are those of the page that is there.
  await ann.conversations().waitFor();
  await page.keyboard.press('n');
  await ann.dialog('New conversation').waitFor();
  await page.keyboard.type('By keys');
  await page.keyboard.press('Enter');
  await ann.heading('By keys').waitFor();
  await until(async () => /^Message to/.test(await focused(page)), 'the composer to have the focus');
  await page.keyboard.type('Line one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('Line two, @b');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await ann.sees('Line two, @b');

  // A document over REST: choosing a file is the system's dialog.
  const self = await new Person(server.url, 'ann', 'correct horse battery', {}).again();
  const [bot] = (await self.get('/bots')).items;
  const guide = await self.upload(bot, 'guide.md', GUIDE, 'text/markdown');
  await until(async () => (await self.get(`/documents/${guide.id}`)).status === 'processed', 'the document to be read');
  await page.keyboard.type('@bot When is a chain worn out?');
  await page.keyboard.press('Enter');
  await ann.page.getByRole('list', { name: 'Sources' }).waitFor();
  await reach(page, /^1guide\.md/, 'Shift+Tab');
  await assertFocusShown(page);
  await page.keyboard.press('Enter');
  const source = page.getByRole('complementary', { name: 'Source 1' });
  await source.getByText('Replace it at 0.75').waitFor();
  assert.equal(await focused(page), 'guide.md');
  await reach(page, /^Close the source/);
  await assertFocusShown(page);
  await page.keyboard.press('Enter');
  await source.waitFor({ state: 'detached' });
  assert.match(await focused(page), /^1guide\.md/, 'the focus comes back to where the source was opened');
  await page.keyboard.press('Enter');
  await source.waitFor();
  await page.keyboard.press('Escape');
  await source.waitFor({ state: 'detached' });
  assert.match(await focused(page), /^1guide\.md/);

  // From message to message by arrows; what can be done with one is in its menu.
  const mine = ann.message('Line two, @b');
  for (let i = 0; i < 5 && !(await mine.evaluate((node) => node === document.activeElement)); i += 1) await page.keyboard.press('ArrowUp');
  await assertFocusShown(page);
  await until(() => mine.getByRole('button', { name: /^More for/ }).evaluate((node) => node.tabIndex === 0), 'what can be done with it');
  await reach(page, /^More for the message of ann/);
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Edit', exact: true }).waitFor();
  await reach(page, /^Edit$/, 'ArrowDown');
  await page.keyboard.press('Escape');
  await page.getByRole('menuitem', { name: 'Edit', exact: true }).waitFor({ state: 'detached' });
  assert.match(await focused(page), /^More for the message of ann/, 'the focus comes back to the button of the menu');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('menuitem', { name: 'Edit', exact: true }).waitFor();
  await reach(page, /^Edit$/, 'ArrowDown');
  await page.keyboard.press('Enter');
  await until(async () => /^Text of the message/.test(await focused(page)), 'the text to be a field');
  await page.keyboard.type(' and three');
  await page.keyboard.press('Enter');
  await ann.sees('Line two, @b and three');
  await until(() => mine.evaluate((node) => node.contains(document.activeElement)), 'the focus to be on the message again');
  await assertFocusShown(page);

  await page.keyboard.press('r');
  await until(async () => /^Message to/.test(await focused(page)), 'the composer to have the focus');
  await page.keyboard.press('Tab');
  await reach(page, /^Sharing/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await ann.heading('Sharing').waitFor();
  await reach(page, /person|name/i);
  await page.keyboard.type('bob');
  await page.getByRole('option', { name: /bob/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await reach(page, /^Share/);
  await page.keyboard.press('Enter');
  await until(async () => (await bob.get('/bots')).items.length === 1, 'bob to have the bot');

  await reach(page, /account menu/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).waitFor();
  await reach(page, /^Sign out$/, 'ArrowDown');
  await page.keyboard.press('Enter');
  await ann.heading('Sign in').waitFor();
});

test('shortcuts of one letter are turned off, and on again', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, bot, session } = await cast(server.url, { plain: true });
  const ann = await signedIn(browser, server.url, owner);
  const { page } = ann;
  const dialog = ann.dialog('Keyboard shortcuts');
  const list = async () => {
    await page.getByRole('button', { name: /account menu/ }).click();
    await page.getByRole('menuitem', { name: /Keyboard shortcuts/ }).click();
    await dialog.waitFor();
  };
  await ann.goToBot(bot.name);
  await ann.conversations().getByRole('link', { name: session.title }).waitFor();
  await page.keyboard.press('?');
  await dialog.getByText('New conversation').waitFor();
  await dialog.getByRole('link', { name: 'account' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const letters = page.getByRole('switch', { name: 'Shortcuts of one letter' });
  await letters.uncheck();

  // Also for a page that is opened anew.
  await page.reload();
  await letters.waitFor();
  assert.equal(await letters.isChecked(), false);
  await ann.goToBot(bot.name);
  await ann.conversations().getByRole('link', { name: session.title }).waitFor();
  for (const key of ['n', 'j', '/', '?']) await page.keyboard.press(key);
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.match(page.url(), new RegExp(`/bots/${bot.id}$`));
  await list();
  await dialog.getByText('Shortcuts of one letter are turned off.').waitFor();
  assert.equal(await dialog.getByText('New conversation').count(), 0);
  await dialog.getByRole('link', { name: 'account' }).click();
  await letters.check();
  await page.keyboard.press('?');
  await dialog.waitFor();
});

test('whoever is quicker than the page keeps the focus where they write', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { page } = await browser.visitor('quick', server.url);
  await page.addInitScript(() => {
    const there = new MutationObserver(() => {
      const field = document.querySelector('input[name=password]');
      if (!field) return;
      there.disconnect();
      field.focus();
    });
    there.observe(document, { childList: true, subtree: true });
  });
  await page.goto('/console/sign-in');
  const password = page.getByLabel('Password', { exact: true });
  await password.waitFor();
  await page.evaluate(async () => {
    for (let frame = 0; frame < 10; frame += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
  });
  assert.equal(await password.evaluate((node) => node === document.activeElement), true);
});
