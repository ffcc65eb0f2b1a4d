// The settings of a bot in the console: saving, two people who edit at once, versions, the model server, suspension, deletion.

import assert from 'node:assert/strict';
import test from 'node:test';

import { PHONE, browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { assertGood, sees, visit } from './bot-pages.mjs';

const TEXT = 'You answer questions of readers.\n\nBe friendly and brief.\nQuote the handbook.\n\nNever give legal advice.\n';

async function stage(t, settings = {}) {
  // First, so that it goes first: a page that loses its server complains.
  const browser = await browserFor(t);
  const server = await serverFor(t, { settings });
  const people = await cast(server.url, { plain: true });
  const { owner, bot } = people;
  await owner.call('PATCH', `/bots/${bot.id}`, { instructions: TEXT, settings: { temperature: 0.3 } });
  return { server, browser, path: `/bots/${bot.id}/settings`, read: () => owner.get(`/bots/${bot.id}`), ...people };
}

const change = (person, bot, fields) => person.call('PATCH', `/bots/${bot.id}`, fields);
/** By its label, which may go on with " optional". */
const field = (page, name) => page.getByRole('textbox', { name, exact: true }).or(page.getByRole('textbox', { name: `${name} optional`, exact: true }));
const instructions = (page) => field(page, 'Instructions');
const save = (page) => page.getByRole('button', { name: 'Save changes' }).click();
const part = (page, name) => page.getByRole('navigation', { name: 'Parts of the settings' }).getByRole('link', { name }).click();

test('what is saved is a new version, and the others see the new name at once', async (t) => {
  const { server, browser, path, owner, viewer, read } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const eve = await visit(browser, server, viewer, path);
  await field(ann.page, 'Name').fill('Reading room');
  await instructions(ann.page).fill(`${TEXT}Say goodbye.\n`);
  await sees(ann.page, 'Not saved: name and instructions');
  await assertGood(ann);
  await instructions(ann.page).press('Control+s');
  await sees(ann.page, 'Saved as version 3.');
  assert.equal(await instructions(ann.page).evaluate((node) => node === document.activeElement), true, 'one goes on writing');
  await ann.page.keyboard.type('!');
  await sees(ann.page, 'Not saved: instructions');
  await ann.page.getByRole('button', { name: 'Discard' }).click();
  await until(() => field(ann.page, 'Name').evaluate((node) => node === document.activeElement), 'the focus in the form');
  await eve.page.getByRole('heading', { name: 'Reading room', level: 1 }).waitFor();
  const { name, instructions: text, version } = await read();
  assert.deepEqual({ name, text, version }, { name: 'Reading room', text: `${TEXT}Say goodbye.\n`, version: 3 });
});

test('settings that cannot be read are told at the field and not sent', async (t) => {
  const { server, browser, path, owner, read } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const { page } = ann;
  const settings = field(page, 'Settings (JSON)');
  await settings.fill('{"temperature": 0.3');
  await save(page);
  await sees(page, /This is no JSON/);
  await until(() => settings.evaluate((node) => node === document.activeElement && node.getAttribute('aria-invalid') === 'true'), 'the focus at the field');
  await assertGood(ann);
  await settings.fill('[1, 2]');
  await sees(page, /Settings are an object/);
  await settings.fill('{"temperature": 9}');
  await sees(page, 'Out of bounds, so without effect: temperature.');
  assert.equal((await read()).version, 2);
  await field(page, 'Name').fill(' ');
  await save(page);
  await sees(page, 'A bot needs a name.');
});

test('two people edit at once: who edits learns of it, and both edits are kept', async (t) => {
  const { server, browser, path, owner, editor, read } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const bob = await visit(browser, server, editor, path);
  await instructions(ann.page).fill(TEXT.replace('legal', 'legal or medical'));
  await instructions(bob.page).fill(TEXT.replace('friendly', 'warm'));
  await field(bob.page, 'Model').fill('small-1');
  await save(bob.page);
  await sees(bob.page, 'Saved as version 3.');
  await sees(ann.page, 'Your changes are still here, not saved yet.');
  assert.equal(await instructions(ann.page).inputValue(), TEXT.replace('legal', 'legal or medical'));
  await ann.page.getByRole('button', { name: 'See what changed' }).click();
  const dialog = ann.page.getByRole('dialog', { name: 'Somebody else changed this bot meanwhile' });
  await sees(dialog, /bob saved version 3/);
  await sees(dialog, 'Both changes fit together');
  await sees(dialog, 'Only they changed it');
  assert.deepEqual(await dialog.getByRole('deletion').allInnerTexts(), ['friendly']);
  assert.deepEqual((await dialog.getByRole('insertion').allInnerTexts()).map((text) => text.trim()), ['warm', 'or medical', 'small-1']);
  await assertGood(ann);
  await dialog.getByRole('button', { name: 'Save both together' }).click();
  await sees(ann.page, 'Saved as version 4.');
  const merged = await read();
  assert.equal(merged.instructions, TEXT.replace('friendly', 'warm').replace('legal', 'legal or medical'));
  assert.equal(merged.model, 'small-1');
  await until(async () => (await instructions(bob.page).inputValue()) === merged.instructions, 'the merged text at bob');
});

test('edits of one place are for a person to decide', async (t) => {
  const { server, browser, path, owner, editor, bot, read } = await stage(t);
  const { page } = await visit(browser, server, owner, path);
  await field(page, 'Name').fill('Reading room');
  await field(page, 'Model').fill('mine');
  await change(editor, bot, { name: 'Book room', model: 'theirs' });
  await page.getByRole('button', { name: 'See what changed' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Save both together' }).click();
  await sees(dialog, 'First choose what is to become of: Name and Model.');
  await dialog.getByRole('region', { name: 'Name' }).getByLabel('Take theirs').check();
  await dialog.getByRole('region', { name: 'Model' }).getByLabel('Keep yours').check();
  await dialog.getByRole('button', { name: 'Save both together' }).click();
  await sees(page, 'Saved as version 4.');
  const { name, model } = await read();
  assert.deepEqual({ name, model }, { name: 'Book room', model: 'mine' });
});

test('one edit can be saved over the other, or given up', async (t) => {
  const { server, browser, path, owner, editor, bot, read } = await stage(t);
  const { page } = await visit(browser, server, owner, path);
  await field(page, 'Name').fill('Mine');
  await change(editor, bot, { name: 'Theirs' });
  await page.getByRole('button', { name: 'See what changed' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard mine' }).click();
  await until(async () => (await field(page, 'Name').inputValue()) === 'Theirs', 'their name in the form');
  await field(page, 'Name').fill('Mine again');
  await change(editor, bot, { name: 'Theirs again' });
  await page.getByRole('button', { name: 'See what changed' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Overwrite with mine' }).click();
  await sees(page, 'Saved as version 5.');
  assert.equal((await read()).name, 'Mine again');
});

test('an edit that comes in between is not overwritten, whatever the page knew', async (t) => {
  const { server, browser, path, owner, editor, bot, read } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  ann.expect(/status of 412/);
  const { page } = ann;
  await field(page, 'Name').fill('Mine');
  await page.route(`**/api/bots/${bot.id}`, async (route) => {
    if (route.request().method() === 'PATCH' && (await read()).version === 2) await change(editor, bot, { model: 'theirs' });
    return route.continue();
  });
  await save(page);
  const dialog = page.getByRole('dialog', { name: 'Somebody else changed this bot meanwhile' });
  await sees(dialog, /bob saved version 3/);
  await dialog.getByRole('button', { name: 'Save both together' }).click();
  await sees(page, 'Saved as version 4.');
  const { name, model } = await read();
  assert.deepEqual({ name, model }, { name: 'Mine', model: 'theirs' });
});

test('unsaved changes are asked about, by link and by Back, and stay while one looks at versions', async (t) => {
  const { server, browser, path, owner } = await stage(t);
  const { page } = await visit(browser, server, owner, path);
  const tab = (name) => page.getByRole('navigation', { name: /^Parts of Librarian/ }).getByRole('link', { name }).click();
  await tab('Sharing');
  await page.getByRole('heading', { name: 'Sharing', level: 2 }).waitFor();
  await tab('Settings');
  await field(page, 'Name').fill('Half-typed');
  await part(page, 'Versions');
  await page.getByRole('heading', { name: 'From' }).waitFor();
  await part(page, 'Configuration');
  assert.equal(await field(page, 'Name').inputValue(), 'Half-typed');
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await tab('Documents');
  await sees(question, 'You changed name and did not save.');
  await question.getByRole('button', { name: 'Stay here' }).click();
  assert.equal(await field(page, 'Name').inputValue(), 'Half-typed');
  for (let steps = 0; steps < 3; steps++) {
    await page.goBack();
    if (await question.isVisible()) break;
  }
  await question.getByRole('button', { name: 'Leave', exact: true }).click();
  await page.getByRole('heading', { name: 'Sharing', level: 2 }).waitFor();
});

test('what comes in after one left the settings stays out of the page that one is on', async (t) => {
  const { server, browser, owner, bot, read } = await stage(t);
  const other = await owner.createBot('Gardener');
  await change(owner, other, { instructions: 'Talk of roses.' });
  const ann = await visit(browser, server, owner, `/bots/${bot.id}`);
  ann.expect(/status of 412/);
  const { page } = ann;
  const tab = (name) => page.getByRole('navigation', { name: /^Parts of (Librarian|Gardener)/ }).getByRole('link', { name }).click();
  const go = {};
  for (const method of ['GET', 'PATCH']) {
    const wait = new Promise((resolve) => { go[method] = resolve; });
    await page.route(`**/api/bots/${method === 'GET' ? bot.id : other.id}`, async (route) => {
      if (route.request().method() !== method) return route.fallback();
      await wait;
      return route.continue();
    });
  }

  const asked = page.waitForRequest(`**/api/bots/${bot.id}`);
  await tab('Settings');
  const answer = (await asked).response();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Gardener' }).click();
  await tab('Settings');
  await until(async () => (await instructions(page).inputValue()) === 'Talk of roses.', 'the instructions of the other bot');
  go.GET();
  await (await answer).finished();
  await field(page, 'Name').pressSequentially(' of roses');
  await sees(page, 'Not saved: name');
  assert.equal(await instructions(page).inputValue(), 'Talk of roses.');

  const sent = page.waitForRequest((request) => request.method() === 'PATCH');
  await save(page);
  await sent;
  await change(owner, other, { model: 'theirs' });
  await tab('Documents');
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Leave', exact: true }).click();
  await page.getByRole('heading', { name: 'Documents', level: 2 }).waitFor();
  go.PATCH();
  await sees(page, 'Your changes to Gardener were not saved: somebody else changed it meanwhile.');
  assert.equal(await page.getByRole('dialog').count(), 0);
  assert.equal((await read()).instructions, TEXT);
});

test('any two versions are compared, and an earlier one is restored', async (t) => {
  const { server, browser, path, owner, editor, viewer, bot, read } = await stage(t);
  await change(editor, bot, { instructions: TEXT.replace('friendly', 'warm'), description: 'Answers readers' });
  await change(owner, bot, { name: 'Reading room' });
  const bob = await visit(browser, server, editor, `${path}/versions`);
  const eve = await visit(browser, server, viewer, path);
  const { page } = bob;
  const versions = page.getByRole('list', { name: 'Versions, newest first' });
  await versions.getByRole('button', { name: /Version 4 In use ann.*Changed: name/ }).waitFor();
  await versions.getByRole('button', { name: /Version 3/ }).click();
  await until(async () => (await page.getByRole('deletion').allInnerTexts()).join() === 'friendly', 'what version 3 changed');
  assert.deepEqual(await page.getByRole('insertion').allInnerTexts(), ['Answers readers', 'warm']);
  await page.getByLabel('Compare from').selectOption('Version 1');
  await page.getByLabel('Compare to').selectOption('Version 2');
  await until(async () => (await page.getByRole('insertion').allInnerTexts()).join('').includes('Never give legal advice'), 'what version 2 brought');
  await page.getByRole('button', { name: 'Side by side' }).click();
  await assertGood(bob);
  await page.getByRole('button', { name: 'Restore version 2' }).click();
  const question = page.getByRole('dialog', { name: 'Restore version 2?' });
  await sees(question, 'name, description and instructions'.replace('description', 'what it is for'));
  await question.getByRole('button', { name: 'Restore version 2' }).click();
  await sees(page, 'Version 2 is back, as version 5.');
  await versions.getByRole('button', { name: /Version 5 In use bob/ }).waitFor();
  await eve.page.getByRole('heading', { name: 'Librarian', level: 1 }).waitFor();
  assert.equal((await read()).instructions, TEXT);
});

test('the key of a model server is written and never shown again', async (t) => {
  const { server, browser, path, owner, editor, bot } = await stage(t, { COLLOQUY_PROVIDER_ALLOW: '127.0.0.1' });
  const ann = await visit(browser, server, owner, `${path}/model-server`);
  ann.expect(/status of (404|422)/);
  const { page } = ann;
  const address = field(page, 'Address');
  await address.fill('not an address');
  await page.getByRole('button', { name: 'Use this server' }).click();
  await until(() => address.getAttribute('aria-invalid').then((invalid) => invalid === 'true'), 'the refused address');
  await assertGood(ann);
  await address.fill('http://127.0.0.1:9/v1');
  await page.getByLabel('Key optional').fill('sk-very-secret');
  await page.getByRole('button', { name: 'Use this server' }).click();
  await sees(page, 'Saved. The next answer asks this server.');
  await sees(page, 'One is stored. Leave this empty to keep it.');
  await page.reload();
  await sees(page, 'One is stored. Leave this empty to keep it.');
  assert.equal((await page.content()).includes('sk-very-secret'), false);
  assert.equal(await page.getByLabel('Key optional').inputValue(), '');
  await address.fill('http://127.0.0.1:10/v1');
  await sees(page, 'the stored key does not go along');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await sees(page, 'If the server needs one.');
  assert.equal((await owner.get(`/bots/${bot.id}/provider`)).has_key, false);
  await page.getByRole('button', { name: 'Go back to the common one' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Go back' }).click();
  await page.getByRole('button', { name: 'Use this server' }).waitFor();
  await assert.rejects(owner.get(`/bots/${bot.id}/provider`), { status: 404 });
  const bob = await visit(browser, server, editor, `${path}/model-server`);
  await sees(bob.page, 'Owners choose the model server');
});

test('viewers learn why they cannot change anything, also who became one while editing', async (t) => {
  const { server, browser, path, owner, editor, viewer, bot } = await stage(t);
  const eve = await visit(browser, server, viewer, path);
  await sees(eve.page, /As a viewer you see what the bot is for.*ask ann\./);
  assert.equal((await eve.page.content()).includes('legal advice'), false);
  await assertGood(eve);
  const bob = await visit(browser, server, editor, path);
  await instructions(bob.page).fill('A whole evening of work');
  await owner.grant(bot, editor, 'viewer');
  await sees(bob.page, 'What you typed was not saved; you can copy it:');
  await sees(bob.page, 'A whole evening of work');
  assert.equal((await bob.page.content()).includes('legal advice'), false, 'what was hers to see before is gone');
});

test('a bot is deleted by typing its name, and everyone in it learns of it', async (t) => {
  const { server, browser, path, owner, viewer, bot } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const eve = await visit(browser, server, viewer, path);
  eve.expect(/status of 404/);
  await ann.page.getByRole('button', { name: 'Delete bot' }).click();
  const dialog = ann.page.getByRole('dialog', { name: 'Delete Librarian?' });
  await sees(dialog, 'the access of 3 people');
  await dialog.getByRole('textbox').fill('librarian');
  await dialog.getByRole('button', { name: 'Delete bot' }).click();
  await sees(dialog, 'That is not its name.');
  await assertGood(ann);
  await dialog.getByRole('textbox').fill('Librarian');
  await dialog.getByRole('button', { name: 'Delete bot' }).click();
  await sees(ann.page, 'Librarian was deleted.');
  await ann.page.getByRole('heading', { name: 'Make your first bot' }).waitFor();
  await sees(eve.page, 'It was deleted by ann.');
  await assert.rejects(owner.get(`/bots/${bot.id}`), { status: 404 });
});

test('a suspended bot is closed to everyone; its owner is told, and sees it open again', async (t) => {
  const { server, browser, path, owner, viewer, bot } = await stage(t);
  const ann = await visit(browser, server, owner, path);
  const eve = await visit(browser, server, viewer, path);
  for (const one of [ann, eve]) one.expect(/status of (403|404)/);
  // Her channel is in: who is refused at the door is not told why.
  await ann.page.getByRole('img', { name: 'Online now: eve' }).waitFor();
  await owner.call('PATCH', `/admin/bots/${bot.id}`, { suspended: true });
  await ann.page.getByRole('heading', { name: 'Librarian is suspended' }).waitFor();
  await sees(eve.page, 'It was suspended by an administrator.');
  await assertGood(ann);
  await ann.page.reload();
  await ann.page.getByRole('heading', { name: 'Librarian is suspended' }).waitFor();
  await ann.page.getByRole('button', { name: 'Delete bot' }).waitFor();
  await owner.call('PATCH', `/admin/bots/${bot.id}`, { suspended: false });
  await ann.page.getByRole('button', { name: 'See whether it is open again' }).click();
  await instructions(ann.page).waitFor();
  // Others have it again when they come back to the page after a while.
  assert.equal(await eve.page.getByRole('link', { name: 'Librarian' }).count(), 0);
  await eve.page.clock.setSystemTime(Date.now() + 61_000);
  await eve.page.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')); });
  await eve.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Librarian' }).waitFor();
  await sees(eve.page, /As a viewer you see what the bot is for/);
});

test('on a phone, in the dark, every part of the settings fits', async (t) => {
  const { server, browser, path, owner } = await stage(t);
  const ann = await visit(browser, server, owner, path, { viewport: PHONE, colorScheme: 'dark' });
  ann.expect(/status of 404/);
  for (const name of ['Versions', 'Model server', 'Configuration']) {
    await part(ann.page, name);
    await ann.page.getByRole('link', { name, exact: true }).and(ann.page.locator('[aria-current=page]')).waitFor();
    await ann.page.locator('.settings [aria-busy=true]').waitFor({ state: 'detached' });
    const scrolls = await ann.page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
    assert.equal(scrolls, false, `${name}: the page itself does not scroll`);
    await assertGood(ann);
  }
});
