// Sharing a bot in the console: who does what, and how it reaches the others while they look.

import assert from 'node:assert/strict';
import test from 'node:test';

import { PHONE, browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { assertGood, choose, row, sees, visit } from './bot-pages.mjs';

async function stage(t) {
  // First, so that it goes first: a page that loses its server complains.
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const people = await cast(server.url, { plain: true });
  return { server, browser, path: `/bots/${people.bot.id}/sharing`, ...people };
}

const roles = async (person, bot) => Object.fromEntries((await person.get(`/bots/${bot.id}/permissions`)).items.map((m) => [m.username, m.role]));
const role = async (page, name, to) => {
  await page.getByRole('button', { name: new RegExp(`^Role of ${name}:`) }).click();
  await page.getByRole('menu', { name: `Role of ${name}` }).getByRole('menuitemradio', { name: to }).click();
};
const person = (page, name) => page.getByRole('list', { name: 'People' }).getByRole('listitem').filter({ hasText: name });

test('a person is found by name and gets a role until a date, before the eyes of the others', async (t) => {
  const { server, browser, path, owner, viewer, stranger, bot } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const eve = await visit(browser, server, viewer, path);
  const name = ann.page.getByRole('combobox', { name: 'Name' });
  await name.fill('mal');
  await ann.page.getByRole('option', { name: 'mallory' }).waitFor();
  assert.equal(await name.getAttribute('aria-expanded'), 'true');
  await name.press('ArrowDown');
  await until(() => name.getAttribute('aria-activedescendant').then(Boolean), 'the chosen one');
  await assertGood(ann);
  await name.press('Enter');
  assert.equal(await name.inputValue(), 'mallory');
  await ann.page.getByLabel('Role', { exact: true }).selectOption('editor');
  await ann.page.getByLabel('Ends', { exact: true }).selectOption('In a week');
  await sees(ann.page, /in 7 days/);
  await ann.page.getByRole('button', { name: 'Share', exact: true }).click();
  await sees(ann.page, 'mallory is an editor now.');
  for (const { page } of [ann, eve]) await person(page, 'mallory').getByText('in 7 days').waitFor();
  await person(eve.page, 'mallory').getByText('Shared by ann').waitFor();
  const granted = (await owner.get(`/bots/${bot.id}/permissions`)).items.find((m) => m.user_id === stranger.id);
  assert.equal(granted.role, 'editor');
  assert.ok(Math.abs(new Date(granted.expires_at) - Date.now() - 7 * 864e5) < 600_000);
  await until(async () => (await name.inputValue()) === '', 'the form to be ready for the next one');
});

test('an end date is chosen in local time, changed and taken away', async (t) => {
  const { server, browser, path, owner, viewer, bot } = await stage(t);
  const { page } = await visit(browser, server, owner, path, { timezoneId: 'America/New_York' });
  const ends = async () => (await owner.get(`/bots/${bot.id}/permissions`)).items.find((m) => m.user_id === viewer.id).expires_at;
  await choose(page, 'More for eve', 'Set an end date');
  await page.getByRole('dialog').getByLabel('Ends', { exact: true }).selectOption('On a date …');
  await page.getByLabel('Ends on, in the time zone America/New_York').fill('2031-01-15T12:00');
  await sees(page.getByRole('dialog'), /15 Jan 2031, 12:00/);
  await page.getByRole('button', { name: 'Save end date' }).click();
  await person(page, 'eve').getByText('ends in 4 yr').or(person(page, 'eve').getByText(/ends in \d+ y/)).first().waitFor();
  assert.equal(new Date(await ends()).toISOString(), '2031-01-15T17:00:00.000Z');
  await choose(page, 'More for eve', 'Change end date');
  await page.getByRole('dialog').getByLabel('Ends', { exact: true }).selectOption('Never');
  await page.getByRole('button', { name: 'Save end date' }).click();
  await person(page, 'eve').getByText(/ends in/).waitFor({ state: 'detached' });
  assert.equal(await ends(), null);
});

test('a new end date leaves a role that changed meanwhile as it is', async (t) => {
  const { server, browser, path, owner, viewer, bot } = await stage(t);
  const { page } = await visit(browser, server, owner, path);
  await choose(page, 'More for eve', 'Set an end date');
  await page.getByRole('dialog').getByLabel('Ends', { exact: true }).selectOption('In a week');
  await owner.grant(bot, viewer, 'editor');
  await page.getByText('Role of eve: Editor').waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Save end date' }).click();
  await person(page, 'eve').getByText('in 7 days').waitFor();
  assert.equal((await roles(owner, bot)).eve, 'editor');
});

test('who is made a viewer or an owner sees at once what that means', async (t) => {
  const { server, browser, path, owner, editor, bot } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const bob = await visit(browser, server, editor, path);
  // His page is there, and knows him as an editor.
  await person(bob.page, 'bob').waitFor();
  assert.equal(await bob.page.getByRole('button', { name: 'Share', exact: true }).count(), 0);
  await role(ann.page, 'bob', 'Viewer');
  await sees(bob.page, 'You are a viewer now: you can read, ask and write in conversations.');
  await role(ann.page, 'bob', 'Owner');
  await ann.page.getByRole('dialog', { name: 'Make bob an owner?' }).getByRole('button', { name: 'Cancel' }).click();
  await ann.page.getByRole('button', { name: 'Role of bob: Viewer' }).waitFor();
  await role(ann.page, 'bob', 'Owner');
  await ann.page.getByRole('button', { name: 'Make owner' }).click();
  await sees(bob.page, /^You are an owner now/);
  await bob.page.getByRole('button', { name: 'Share', exact: true }).waitFor();
  assert.equal((await roles(owner, bot)).bob, 'owner');
  await assertGood(bob);
});

test('nobody of that name, and somebody who is in already, are told at the field', async (t) => {
  const { server, browser, path, owner, bot } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  ann.expect(/status of 422/);
  const { page } = ann;
  const name = page.getByRole('combobox', { name: 'Name' });
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await sees(page, 'Say who.');
  await until(() => name.evaluate((node) => node === document.activeElement && node.getAttribute('aria-invalid') === 'true'), 'the focus at the field');
  await name.fill('nobody-here');
  await name.press('Enter');
  await sees(page, 'There is nobody of this name here.');
  await assertGood(ann);
  await name.fill('eve');
  await page.getByRole('option', { name: /eve.*a viewer already/ }).waitFor();
  await name.press('Escape');
  await page.getByLabel('Role', { exact: true }).selectOption('editor');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByRole('dialog', { name: 'eve is here already' }).getByRole('button', { name: 'Change role' }).click();
  await sees(page, 'eve is an editor now.');
  assert.equal((await roles(owner, bot)).eve, 'editor');
});

test('who is removed is led away kindly, and let in again', async (t) => {
  const { server, browser, path, owner, editor, bot } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const bob = await visit(browser, server, editor, path);
  // His channel is in: it tells him who took the role.
  await ann.page.getByRole('img', { name: 'Online now: bob' }).waitFor();
  await choose(ann.page, 'More for bob', 'Remove');
  await ann.page.getByRole('dialog', { name: 'Remove bob?' }).getByRole('button', { name: 'Remove bob' }).click();
  await bob.page.getByRole('heading', { name: 'Librarian is closed to you now' }).waitFor();
  await sees(bob.page, 'Your access to it was taken back by ann');
  await assertGood(bob);
  await person(ann.page, 'bob').waitFor({ state: 'detached' });
  assert.equal((await roles(owner, bot)).bob, undefined);
  await owner.grant(bot, editor, 'viewer');
  await person(bob.page, 'bob').getByText('Viewer').waitFor();
});

test('somebody leaves of their own will', async (t) => {
  const { server, browser, path, owner, viewer, bot } = await stage(t);
  const eve = await visit(browser, server, viewer, path);
  // Who is refused a channel is not told why.
  await eve.page.getByRole('button', { name: /^Connected/ }).waitFor();
  await eve.page.getByRole('button', { name: 'Leave this bot' }).first().click();
  await eve.page.getByRole('dialog', { name: 'Leave Librarian?' }).getByRole('button', { name: 'Leave bot' }).click();
  await sees(eve.page, 'You have left it');
  assert.equal((await roles(owner, bot)).eve, undefined);
});

test('the last owner stays until the bot is handed over', async (t) => {
  const { server, browser, path, owner, editor, bot } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  ann.expect(/status of 409/);
  const bob = await visit(browser, server, editor, path);
  const { page } = ann;
  await role(page, 'ann', 'Viewer');
  await page.getByRole('button', { name: 'Become a viewer' }).click();
  await sees(page, 'This is the last owner');
  await page.getByRole('button', { name: 'Role of ann: Owner' }).waitFor();
  await choose(page, 'More for yourself', 'Leave this bot');
  await page.getByRole('dialog', { name: 'You are its only owner' }).getByRole('button', { name: 'Hand it over' }).click();
  const hand = page.getByRole('dialog', { name: 'Hand Librarian over' });
  await hand.getByRole('button', { name: 'Hand over' }).click();
  await sees(hand, 'Choose somebody.');
  await assertGood(ann);
  await hand.getByRole('radio', { name: /bob/ }).check();
  await hand.getByRole('button', { name: 'Hand over' }).click();
  await sees(page, /^You are an editor now/);
  await sees(bob.page, /^You are an owner now/);
  assert.deepEqual(await roles(owner, bot), { ann: 'editor', bob: 'owner', eve: 'viewer' });
});

test('everyone can read what each role may do, on a phone in the dark as well', async (t) => {
  const { server, browser, path, owner, viewer } = await stage(t);
  const ann = await visit(browser, server, owner, path, { viewport: PHONE, colorScheme: 'dark' });
  const eve = await visit(browser, server, viewer, path);
  const table = eve.page.getByRole('table');
  await table.getByRole('columnheader', { name: 'Viewer (you)' }).waitFor();
  const share = table.getByRole('row', { name: /^Share the bot/ }).getByRole('cell');
  assert.deepEqual((await share.allInnerTexts()).map((text) => text.replace('–', '').trim()), ['no', 'no', 'yes']);
  await row(ann.page, 'bob').first().waitFor();
  const scrolls = await ann.page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
  assert.equal(scrolls, false, 'the page itself does not scroll');
  await assertGood(ann);
  await assertGood(eve);
  await ann.screenshot('sharing-phone');
});
