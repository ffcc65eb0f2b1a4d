// Dialogs, menus and forms: where the focus goes, what closes them, and what is not lost by a slip of the hand.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { proxyFor } from '../kit/proxy.mjs';
import { serverFor } from '../kit/server.mjs';
import { signedIn } from './console.mjs';

const hasFocus = (locator) => locator.evaluate((node) => node === document.activeElement);

test('a dialog over a form: names, focus, the press beside it, going back', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const proxy = await proxyFor(t, server);
  const { owner, bot } = await cast(server.url, { plain: true });
  const ann = await signedIn(browser, proxy.url, owner);
  ann.visitor.expect(/status of 4\d\d/);
  await ann.goToBot(bot.name);
  await ann.tab('Settings');
  await ann.page.getByRole('textbox', { name: 'Instructions' }).waitFor();
  const dialog = ann.dialog('New bot');
  const name = dialog.getByRole('textbox', { name: 'Name', exact: true });
  const create = dialog.getByRole('button', { name: 'Create bot' });
  const beside = () => ann.page.mouse.click(5, 5);
  await ann.button('New bot').first().click();
  await name.waitFor();
  await beside();
  await dialog.waitFor({ state: 'hidden' });

  await ann.button('New bot').first().click();
  await create.click();
  await until(() => hasFocus(name), 'the focus at the field that was refused');
  await name.fill('Gardener');
  await beside();
  assert.equal(await name.inputValue(), 'Gardener', 'it is still there');
  await ann.page.goBack();
  await dialog.waitFor({ state: 'hidden' });

  let made;
  const answered = new Promise((go) => { made = go; });
  proxy.rule(({ method, path }) => (method === 'POST' && path === '/api/bots' ? answered : undefined));
  await ann.button('New bot').first().click();
  await name.fill('Gardener');
  await create.click();
  await ann.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  made();
  await ann.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Gardener' }).waitFor();
});

test('what is deleted slowly leads nobody away from where they went meanwhile', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, bot, session } = await cast(server.url, { plain: true });
  const other = await owner.createBot('Gardener');
  const ann = await signedIn(browser, server.url, owner);
  const { page } = ann;
  const slowly = async (path, work) => {
    let go;
    const wait = new Promise((resolve) => { go = resolve; });
    await page.route(path, async (route) => {
      if (route.request().method() !== 'DELETE') return route.fallback();
      await wait;
      return route.continue();
    });
    const sent = page.waitForRequest((request) => request.method() === 'DELETE');
    await work();
    await sent;
    return go;
  };
  await ann.goToBot(bot.name);
  await ann.open(session.title);
  const deleteIt = await slowly(`**/api/sessions/${session.id}`, async () => {
    await ann.choose('What to do with this conversation', 'Delete');
    await ann.dialog('Delete this conversation?').getByRole('button', { name: 'Delete conversation' }).click();
  });
  await ann.goToBot(other.name);
  deleteIt();
  await ann.toast('The conversation is deleted.').waitFor();
  assert.equal(await ann.heading(other.name).isVisible(), true);

  await ann.goToBot(bot.name);
  await ann.tab('Settings');
  const deleteBot = await slowly(`**/api/bots/${bot.id}`, async () => {
    await ann.button('Delete bot').click();
    await ann.dialog(`Delete ${bot.name}?`).getByRole('textbox').fill(bot.name);
    await ann.dialog(`Delete ${bot.name}?`).getByRole('button', { name: 'Delete bot' }).click();
  });
  await page.keyboard.press('Escape');
  await ann.goToBot(other.name);
  deleteBot();
  await ann.toast(`${bot.name} was deleted.`).waitFor();
  assert.equal(await ann.heading(other.name).isVisible(), true);
});

test('a letter in a menu stays there, and an edit ends on its message or after a question', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, bot, session } = await cast(server.url, { plain: true });
  await owner.createSession(bot, { title: 'Another one', auto_reply: false });
  await owner.post(session, 'Frist!');
  const ann = await signedIn(browser, server.url, owner);
  const { page } = ann;
  await ann.goToBot(bot.name);
  await ann.open(session.title);
  const edit = page.getByRole('textbox', { name: 'Text of the message' });
  const menu = page.getByRole('button', { name: 'More for the message of ann' });
  await ann.message('Frist!').hover();
  await menu.click();
  await page.getByRole('menuitem', { name: 'Edit' }).waitFor();
  await page.keyboard.press('n');
  assert.equal(await ann.dialog('New conversation').count(), 0);
  await page.keyboard.press('e');
  await until(() => hasFocus(page.getByRole('menuitem', { name: 'Edit' })), 'the item with that letter');
  await page.keyboard.press('Enter');
  await edit.waitFor();
  await page.keyboard.press('Escape');
  await until(() => hasFocus(ann.message('Frist!')), 'the focus on the message');

  await ann.message('Frist!').hover();
  await ann.choose('More for the message of ann', 'Edit');
  await edit.fill('First!');
  await ann.conversations().getByRole('link', { name: 'Another one' }).click();
  await ann.dialog('Leave without saving?').getByRole('button', { name: 'Stay here' }).click();
  assert.equal(await edit.inputValue(), 'First!');
  await edit.press('Enter');
  await until(() => hasFocus(ann.message('First!')), 'the focus on the message');
  await ann.open('Another one');
});

test('a toast over a dialog is within reach, and goes without the dialog', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, viewer } = await cast(server.url, { plain: true });
  const eve = await signedIn(browser, server.url, viewer);
  await eve.connected();
  const dialog = eve.dialog('New bot');
  await eve.button('New bot').first().click();
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).waitFor();
  await owner.call('POST', '/admin/broadcast', { title: 'Tonight', message: 'The workshop closes at six' });
  const status = dialog.getByRole('status').filter({ hasText: 'The workshop closes at six' });
  await status.waitFor();
  await status.getByRole('button', { name: 'Dismiss' }).click();
  await status.waitFor({ state: 'detached' });
  assert.ok(await dialog.isVisible());

  // It outlives the dialog it was shown in.
  await owner.call('POST', '/admin/broadcast', { title: 'Tomorrow', message: 'It opens at nine' });
  await status.or(eve.toast('It opens at nine')).first().waitFor();
  await eve.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await eve.toast('It opens at nine').waitFor();
});
