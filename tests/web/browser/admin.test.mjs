// The administration: what an administrator sees of people, bots, connections and work, and how what they do reaches the others.

import assert from 'node:assert/strict';
import test from 'node:test';

import { stageOfFile } from '../kit/file_stage.mjs';
import { Person, until } from '../kit/people.mjs';
import { signedIn } from './console.mjs';

/** The first account of the server, which runs it. */
let root;
/** She shares the bot, and looks on. */
let eve;
const stage = stageOfFile({
  model: true,
  first: (url) => Person.register(url, 'root'),
  async furnish({ browser, server, first, viewer }) {
    [root, eve] = await Promise.all([signedIn(browser, server.url, first), talking(viewer)]);
  },
});

/** A part of the administration, by its tab. */
async function at(part) {
  const { page } = root;
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Administration' }).click();
  await root.heading('Administration').waitFor();
  await page.getByRole('navigation', { name: 'Parts of the administration' }).getByRole('link', { name: part }).click();
  await root.heading(part).waitFor();
  return page;
}

/** A choice of a menu, and yes to the question that follows. */
async function does(menu, item, yes) {
  await root.choose(menu, item);
  await root.page.getByRole('dialog').getByRole('button', { name: yes, exact: true }).click();
}

/** Signed in, and looking at the conversation of the bot. */
async function talking(person) {
  const one = await signedIn(stage.browser, stage.server.url, person);
  await one.goToBot(stage.bot.name);
  await one.open(stage.session.title);
  await one.connected();
  return one;
}

test('the overview shows figures as plots and as a table', { timeout: 120_000 }, async () => {
  const page = await at('Overview');
  await page.getByRole('img', { name: /^People connected: 2 now, at most [2-9]/ }).waitFor();
  await page.getByRole('img', { name: /^Connections: [2-9] now/ }).waitFor();
  await page.getByRole('button', { name: 'Table' }).click();
  const table = page.getByRole('region', { name: 'The latest figures' });
  // The newest line stands first, and another comes by itself.
  const lines = table.getByRole('row').filter({ has: page.getByRole('cell') });
  await lines.first().waitFor();
  const before = await lines.count();
  const [connections, persons] = await lines.first().getByRole('cell').allInnerTexts();
  assert.ok(Number(connections) >= 2 && Number(persons) === 2, `${connections} connections of ${persons}`);
  await until(async () => (await lines.count()) > before, 'another line');
  await page.getByRole('region', { name: 'Nodes' }).getByText('answers you').waitFor();
});

test('who is disabled is signed out at once, and comes back when enabled', { timeout: 120_000 }, async () => {
  const bob = await talking(stage.editor);
  bob.visitor.expect(/status of 40[13]/);
  const page = await at('People');
  const row = page.getByRole('listitem').filter({ hasText: 'bob' });
  await does('Change bob', 'Disable the account', 'Disable');
  await root.toast('bob is signed out and disabled.').waitFor();
  await row.getByText('Disabled', { exact: true }).waitFor();
  await bob.button('Sign in').waitFor();
  assert.equal(await bob.page.getByText(stage.session.title).count(), 0);
  const { username, password } = stage.editor;
  await bob.fill({ 'User name or e-mail': username, Password: password });
  await bob.button('Sign in').click();
  await bob.page.getByRole('alert').first().waitFor();
  await bob.visitor.screenshot('admin-disabled');
  await does('Change bob', 'Enable the account', 'Enable');
  await row.getByText('Disabled', { exact: true }).waitFor({ state: 'detached' });
  await bob.signIn(stage.editor);
  await bob.page.close();
});

test('an administrator is made, sees the administration, and is a member again', { timeout: 120_000 }, async () => {
  const mal = await signedIn(stage.browser, stage.server.url, stage.stranger);
  const admin = mal.page.getByRole('link', { name: 'Administration' });
  assert.equal(await admin.count(), 0);
  const page = await at('People');
  const row = page.getByRole('listitem').filter({ hasText: 'mallory' });
  await does('Change mallory', 'Make an administrator', 'Make an administrator');
  await row.getByText('Administrator', { exact: true }).waitFor();
  await mal.page.reload();
  await admin.click();
  await mal.heading('Administration').waitFor();
  await mal.page.getByRole('img', { name: /^Connections:/ }).waitFor();
  await does('Change mallory', 'Make a member', 'Make a member');
  await row.getByText('Administrator', { exact: true }).waitFor({ state: 'detached' });
  mal.visitor.expect(/status of 403/);
  await mal.page.reload();
  await mal.heading('Bots').waitFor();
  assert.equal(await admin.count(), 0);
  await mal.page.close();
});

test('work in the background is shown while it is done', { timeout: 120_000 }, async () => {
  const { owner, viewer, bot, session } = stage;
  await owner.ask(session, 'Take your time');
  const call = await stage.model.asked();
  call.say('Well');
  const page = await at('Tasks');
  const row = page.getByRole('row').filter({ hasText: 'Writing an answer' });
  await row.getByRole('cell', { name: bot.name }).waitFor();
  await row.getByRole('cell', { name: 'ann', exact: true }).waitFor();
  await row.getByText('At work').waitFor();
  await page.getByRole('status').filter({ hasText: '1 task' }).waitFor();
  call.say(', done.').end();
  await row.waitFor({ state: 'detached' });
  await root.heading('Nothing to do').waitFor();
  assert.ok((await viewer.messages(session)).some(({ content }) => content === 'Well, done.'));
});

test('a bot that is suspended is closed to its owner, and is back when it is resumed', { timeout: 120_000 }, async () => {
  const ann = await talking(stage.owner);
  ann.visitor.expect(/status of 40[34]|status of 423/);
  const page = await at('Bots');
  const row = page.getByRole('listitem').filter({ hasText: stage.bot.name });
  await row.getByText('owned by ann').waitFor();
  await does(`Manage ${stage.bot.name}`, 'Suspend', 'Suspend');
  await row.getByText('Suspended', { exact: true }).waitFor();
  await ann.page.getByRole('heading', { name: /Librarian/ }).filter({ hasText: /suspended|closed/ }).waitFor();
  await ann.visitor.screenshot('admin-suspended');
  assert.equal(await ann.composer.count(), 0);
  await does(`Manage ${stage.bot.name}`, 'Resume', 'Resume');
  await row.getByText('Suspended', { exact: true }).waitFor({ state: 'detached' });
  await ann.button('See whether it is open again').click();
  await ann.composer.waitFor();
  await ann.page.close();
});

test('an administrator who has a role in a bot opens it, and is never made less', { timeout: 120_000 }, async () => {
  const { owner, first } = stage;
  const bot = await owner.createBot('Gardener');
  const roles = async () => Object.fromEntries((await owner.get(`/bots/${bot.id}/permissions`)).items.map(({ username, role }) => [username, role]));
  let page = await at('Bots');
  await does('Manage Gardener', 'Give myself a role', 'Become a viewer');
  await root.toast('You are a viewer of Gardener now.').waitFor();
  assert.equal((await roles()).root, 'viewer');
  await owner.grant(bot, first, 'editor');
  // A list that does not know of it yet.
  await page.route('**/api/bots?*', (route) => route.fulfill({ json: { items: [], next_cursor: null } }));
  await page.reload();
  await does('Manage Gardener', 'Give myself a role', 'Become a viewer');
  await root.toast('You are an editor of Gardener already.').waitFor();
  assert.equal((await roles()).root, 'editor');
  await page.unroute('**/api/bots?*');
  await page.reload();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Gardener' }).waitFor();
  page = await at('Bots');
  await root.choose('Manage Gardener', 'Open');
  await root.heading('Gardener').waitFor();
  await at('Bots');
  await does('Manage Gardener', 'Delete', 'Delete bot');
  await root.toast('Gardener was deleted.').waitFor();
});

test('a list of more than a thousand says so, and goes on when asked', { timeout: 120_000 }, async () => {
  const { page } = root;
  const all = Array.from({ length: 1050 }, (_, n) => ({ id: `person-${n}`, username: `person ${n}`, role: 'member', created_at: '2026-01-01T00:00:00Z' }));
  await page.route('**/api/admin/users?*', (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    return route.fulfill({ json: { items: all.slice(from, from + 100), next_cursor: from + 100 < all.length ? String(from + 100) : null } });
  });
  await at('People');
  await page.getByText('the first 1,000 people', { exact: true }).waitFor();
  await page.getByRole('searchbox', { name: 'Find a person' }).fill('person 10');
  await page.getByText('11 people of the first 1,000').waitFor();
  await root.button('Load more').click();
  await page.getByText('61 people', { exact: true }).waitFor();
  assert.equal(await root.button('Load more').count(), 0);
  await page.unroute('**/api/admin/users?*');
  await page.reload();
});

test('a notice is looked at, sent once, and reaches people at once', { timeout: 120_000 }, async () => {
  const page = await at('Broadcast');
  const preview = page.getByRole('region', { name: 'Preview' });
  await preview.getByText('A message from the administrators').waitFor();
  await root.fill({ Title: 'Tonight', Message: 'The server rests from ten to eleven.' });
  await page.getByLabel('Kind').selectOption('Warning');
  await preview.getByText('Tonight').waitFor();
  await preview.getByText('The server rests from ten to eleven.').waitFor();
  await root.button('Send to everybody…').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await page.getByRole('textbox', { name: 'Message' }).inputValue(), 'The server rests from ten to eleven.', 'nothing is lost by thinking twice');
  await root.button('Send to everybody…').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send', exact: true }).click();
  await root.toast('Sent to everybody.').waitFor();
  await eve.toast('The server rests from ten to eleven.').waitFor();
  await eve.page.getByRole('link', { name: /^Notifications, \d+ unread/ }).click();
  await eve.page.getByRole('main').getByText('The server rests from ten to eleven.').waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Message' }).inputValue(), '', 'ready for the next one');
});

test('the audit tells who did what, to whom, and no text', { timeout: 120_000 }, async () => {
  const { bot } = stage;
  const page = await at('Audit');
  const table = page.getByRole('region', { name: 'Audit' });
  await table.getByRole('row', { name: /broadcast/ }).waitFor();
  const rows = (await table.getByRole('row').evaluateAll((all) => all.map((one) => [...one.children].map((cell) => cell.textContent)))).slice(1);
  const did = rows.map(([, who, what, about]) => `${who}: ${what} ${about}`);
  const expected = [
    `ann: bot.created ${bot.name}`, `ann: permission.changed bob, ${bot.name}`, 'root: user.disabled bob', 'root: user.changed mallory',
    `root: bot.suspended ${bot.name}`, `root: bot.resumed ${bot.name}`,
  ];
  // Newest first.
  const places = expected.map((one) => did.indexOf(one));
  assert.ok(places.every((place) => place >= 0), did.join('\n'));
  assert.deepEqual(places, places.toSorted((x, y) => y - x), did.join('\n'));
  assert.doesNotMatch(rows.flat().join('\n'), /Take your time|rests from ten/);
});

// Last: who is cut off stays away for half a minute.
test('connections say who looks at what, and one that is closed is gone', { timeout: 120_000 }, async () => {
  await eve.page.goto('/console/bots');
  await eve.goToBot(stage.bot.name);
  await eve.connected();
  const page = await at('Connections');
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'eve', exact: true }) });
  await row.getByRole('cell', { name: stage.bot.name }).waitFor();
  await row.getByRole('cell', { name: 'many channels' }).waitFor();
  const own = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'root', exact: true }) });
  await own.getByRole('cell', { name: 'no bot' }).waitFor();
  await own.getByRole('cell', { name: 'this page' }).waitFor();
  assert.equal(await row.getByText('this page').count(), 0);
  await page.getByRole('searchbox', { name: 'Find a connection' }).fill('eve');
  await page.getByText('1 connection', { exact: true }).waitFor();
  await root.visitor.screenshot('admin-connections-live');
  await row.getByRole('button', { name: /^Close the connection of eve since .+, [0-9a-f]{6}$/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close connection' }).click();
  await root.toast('The connection was closed.').waitFor();
  await until(() => root.heading('Administration').evaluate((node) => node === document.activeElement), 'the focus on the heading, no other row being shown');
  await eve.page.getByRole('button', { name: /^Reconnecting/ }).waitFor();
  await row.waitFor({ state: 'detached' });
});
