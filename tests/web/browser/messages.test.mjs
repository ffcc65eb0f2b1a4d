// Messages between two people: found, changed, taken back, counted, read far back, and what happens to those that are refused.

import assert from 'node:assert/strict';
import test from 'node:test';

import { stageOfFile } from '../kit/file_stage.mjs';
import { until } from '../kit/people.mjs';
import { proxyFor } from '../kit/proxy.mjs';
import { signedIn } from './console.mjs';

let owner;
let viewer;
let bot;
/** Their consoles. */
let ann;
let eve;
const stage = stageOfFile({
  async furnish({ browser, server, ...people }) {
    ({ owner, viewer, bot } = people);
    [ann, eve] = await Promise.all([signedIn(browser, server.url, owner), signedIn(browser, server.url, viewer)]);
    for (const person of [ann, eve]) await person.goToBot(bot.name);
  },
});

const conversation = (title) => owner.createSession(bot, { title, auto_reply: false });
const more = (person, text) => person.message(text).getByRole('button', { name: /^More for the message/ });
const newest = (person) => person.page.getByRole('button', { name: /^(Newest|\d+ new messages?)$/ });

const hasFocus = (locator) => locator.evaluate((node) => node === document.activeElement);

/** Opens what can be done with a message and chooses. */
async function act(person, text, item) {
  await person.message(text).hover();
  await more(person, text).click();
  await person.page.getByRole('menuitem', { name: item, exact: true }).click();
}

/** Whether all of a message lies inside the list as it is scrolled now. */
async function inSight(person, text) {
  const list = await person.page.getByRole('region', { name: 'Messages', exact: true }).boundingBox();
  const box = await person.message(text).boundingBox();
  return box !== null && box.y >= list.y && box.y + box.height <= list.y + list.height;
}

test('a search over the conversations leads to the message', async () => {
  const chains = await conversation('Chains');
  const oil = await conversation('Oil');
  await owner.post(chains, 'The gauge lies in drawer 4');
  await owner.post(oil, 'Oil comes on Friday');
  const note = await owner.createSession(bot, { title: 'Only mine', visibility: 'private', auto_reply: false });
  await owner.post(note, 'My own gauge is at home');

  await eve.conversations().getByRole('link', { name: 'Oil' }).waitFor();
  await eve.page.keyboard.press('/');
  await eve.heading('Search the conversations').waitFor();
  await eve.fill({ 'Words to find': 'gaug' });
  await eve.page.getByText('1 message, newest first').waitFor();
  const hit = eve.page.getByRole('link', { name: /gauge lies/ });
  assert.equal(await hit.locator('mark').innerText(), 'gauge');
  await hit.getByText('in Chains').waitFor();
  await hit.click();
  await eve.heading('Chains').waitFor();
  const message = eve.message('The gauge lies in drawer 4');
  await until(() => message.evaluate((node) => node === document.activeElement), 'the message to have the focus');
  await eve.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  assert.equal(await newest(eve).count(), 0, 'the end is in sight: nothing leads there');

  await ann.link('Search the conversations').click();
  await ann.fill({ 'Words to find': 'gauge' });
  await ann.page.getByText('2 messages, newest first').waitFor();
  await ann.fill({ 'Words to find': 'gauge friday' });
  await ann.page.getByText('Nothing found').waitFor();
});

test('one changes and deletes one\'s own messages, and the other sees it', async () => {
  const wheels = await conversation('Wheels');
  for (const person of [ann, eve]) {
    await person.tab('Conversations');
    await person.open('Wheels');
  }
  await ann.write('It has fuor wheels');
  await eve.sees('It has fuor wheels');
  await eve.message('It has fuor wheels').hover();
  await more(eve, 'It has fuor wheels').click();
  await eve.page.getByRole('menuitem', { name: 'Copy link' }).waitFor();
  for (const name of ['Edit', 'Delete']) assert.equal(await eve.page.getByRole('menuitem', { name }).count(), 0, `${name} is for the author`);
  await eve.page.keyboard.press('Escape');

  await act(ann, 'It has fuor wheels', 'Edit');
  const field = ann.page.getByRole('textbox', { name: 'Text of the message' });
  await field.fill('No, not like this');
  await field.press('Escape');
  await ann.sees('It has fuor wheels');
  await ann.composer.press('ArrowUp');
  assert.equal(await field.inputValue(), 'It has fuor wheels');
  await field.fill('It has **four** wheels');
  await field.press('Enter');
  for (const person of [ann, eve]) {
    await person.sees('It has four wheels');
    await person.message('It has four wheels').getByText('edited').waitFor();
    assert.deepEqual(await person.texts(), ['It has four wheels']);
  }
  await until(() => ann.composer.evaluate((node) => node === document.activeElement), 'the focus to go back to where she writes');

  await ann.write('Forget that');
  await eve.sees('Forget that');
  await act(ann, 'Forget that', 'Delete');
  const question = ann.dialog('Delete this message?');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await ann.sees('Forget that');
  await act(ann, 'Forget that', 'Delete');
  await question.getByRole('button', { name: 'Delete message' }).click();
  for (const person of [ann, eve]) {
    await person.message('Forget that').waitFor({ state: 'detached' });
    await person.sees('It has four wheels');
  }
  await until(() => hasFocus(ann.message('It has four wheels')), 'the focus on the message beside it');
  const stored = await owner.messages(wheels);
  assert.ok(stored.every(({ content }) => !content.includes('Forget')));
});

test('who goes on writing while a deletion is under way keeps the focus', { timeout: 60_000 }, async () => {
  await conversation('Spokes');
  await ann.open('Spokes');
  await ann.write('Thirty-six');
  await ann.sees('Thirty-six');
  let answer;
  const held = new Promise((resolve) => { answer = resolve; });
  await ann.page.route(/\/api\/messages\//, async (route) => {
    await held;
    await route.continue();
  });
  await act(ann, 'Thirty-six', 'Delete');
  await ann.dialog('Delete this message?').getByRole('button', { name: 'Delete' }).click();
  await ann.composer.pressSequentially('Thirty-');
  answer();
  await ann.message('Thirty-six').waitFor({ state: 'detached' });
  await ann.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(drawn)))));
  await ann.page.keyboard.type('two');
  assert.equal(await ann.composer.inputValue(), 'Thirty-two');
});

test('what is unread is counted in the list until it is read', async () => {
  const [frames, forks] = [await conversation('Frames'), await conversation('Forks')];
  await owner.post(frames, 'Welcome');
  await eve.open('Frames');
  await eve.sees('Welcome');
  const row = (title) => eve.conversations().getByRole('link', { name: title });
  for (const text of ['One', 'Two', 'Three']) await owner.post(forks, text);
  await owner.post(frames, 'Four');
  await eve.sees('Four');
  await row('Forks').getByLabel('3 unread').waitFor();
  await row('Forks').getByText('ann: Three').waitFor();
  assert.equal(await row('Frames').getByLabel(/unread/).count(), 0);
  await eve.open('Forks');
  await eve.sees('Three');
  await eve.page.getByRole('list', { name: 'Messages' }).getByText('New', { exact: true }).waitFor();
  await eve.open('Frames');
  await row('Forks').waitFor();
  assert.equal(await row('Forks').getByLabel(/unread/).count(), 0);
  const unread = async ({ id }) => (await viewer.snapshot(bot)).sessions.find((one) => one.id === id).unread;
  await until(async () => (await unread(forks)) === 0 && (await unread(frames)) === 0, 'the server to know it as well');
});

test('the conversation in which something was said last stands first, but nothing moves under the pointer', async () => {
  const early = await conversation('Early');
  await conversation('Late');
  await eve.tab('Conversations');
  const list = eve.conversations();
  const first = (title) => until(async () => (await list.getByRole('listitem').first().innerText()).startsWith(title), `${title} first`);
  await first('Late');
  await owner.post(early, 'Back to this');
  await first('Early');
  await eve.open('Early');
  for (const [key, before, after] of [['j', 'Early', 'Late'], ['k', 'Late', 'Early'], ['j', 'Early', 'Late']]) {
    await eve.heading(before).click();
    await eve.page.keyboard.press(key);
    await eve.heading(after).waitFor();
  }
  await list.getByRole('link', { name: 'Early' }).hover();
  await eve.write('Something else');
  await list.getByRole('link', { name: 'Late' }).getByText('You: Something else').waitFor();
  await first('Early');
  await eve.heading('Late').hover();
  await first('Late');
});

test('older messages load on the way up, and what one reads keeps its place', async () => {
  const long = await conversation('Long');
  for (let n = 1; n <= 120; n += 1) await owner.post(long, `Line ${n}.`);
  // What came while she was here is there already; a page that is opened anew has the newest.
  await eve.page.reload();
  await eve.open('Long');
  await eve.sees('Line 120.');
  await until(() => inSight(eve, 'Line 120.'), 'the newest to be in sight');
  assert.equal(await eve.message('Line 30.').count(), 0, 'not all of it is loaded');
  // Older ones are held back on the way, to see what is where before and after.
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  const asked = eve.page.waitForRequest(/messages\?.*before=/);
  await eve.page.route(/messages\?.*before=/, async (route) => {
    await released;
    await route.continue();
  });
  const messages = eve.page.getByRole('region', { name: 'Messages', exact: true });
  await messages.hover();
  await eve.page.mouse.wheel(0, -100_000);
  await asked;
  const first = eve.message((await eve.texts())[0]);
  await until(() => first.isVisible(), 'the oldest that is there');
  const before = await until(async () => (await messages.evaluate((node) => node.scrollTop)) === 0 && (await first.boundingBox()).y, 'the beginning');
  release();
  await eve.message('Line 30.').waitFor({ state: 'attached' });
  await until(async () => Math.abs((await first.boundingBox()).y - before) <= 2, 'the place to be kept');
  assert.ok((await messages.evaluate((node) => node.scrollTop)) > 500, 'there is more above');

  await owner.post(long, 'And this is new.');
  await eve.button('1 new message').waitFor();
  assert.equal(await inSight(eve, 'And this is new.'), false);
  await eve.button('1 new message').click();
  await until(() => inSight(eve, 'And this is new.'), 'the newest to be in sight');
  await newest(eve).waitFor({ state: 'detached' });

  // A link into the depth loads back until it is there.
  await eve.page.goto(`/console/bots/${bot.id}/conversations/${long.id}?message=${(await owner.messages(long))[2].id}`);
  await until(() => eve.message('Line 3.').first().evaluate((node) => node === document.activeElement), 'the linked message to have the focus');
  await eve.button('Newest').click();
  await until(() => inSight(eve, 'And this is new.'), 'the newest to be in sight');
  await newest(eve).waitFor({ state: 'detached' });
});

test('what is refused for good says so, and is sent again or discarded', async (t) => {
  const proxy = await proxyFor(t, stage.server);
  const closing = await conversation('Closing time');
  const away = await signedIn(stage.browser, proxy.url, viewer);
  away.visitor.expect(/WebSocket connection|ERR_|Failed to load resource/);
  await away.goToBot(bot.name);
  await away.open('Closing time');
  proxy.refuse();
  proxy.cut();
  await away.page.getByRole('button', { name: /^Reconnecting/ }).waitFor();
  for (const text of ['Wait for me', 'Or not']) await away.write(text);
  await away.message('Or not').getByText('Waiting for the connection').waitFor();
  await owner.closeSession(closing);
  await proxy.heal();
  await away.connected();
  for (const text of ['Wait for me', 'Or not']) {
    await away.message(text).getByText('Not sent').waitFor();
    await away.message(text).getByText('This conversation was closed meanwhile.').waitFor();
  }
  await away.page.getByText('Reading goes on, writing does not.').waitFor();
  await away.page.getByText('Nothing was said here.').waitFor();
  await away.visitor.screenshot('refused');
  await owner.call('PATCH', `/sessions/${closing.id}`, { status: 'open' });
  await away.composer.waitFor();
  await away.message('Or not').getByRole('button', { name: 'Discard' }).click();
  await away.message('Or not').waitFor({ state: 'detached' });
  await until(() => hasFocus(away.heading('Closing time')), 'the focus on the heading, there being no message');
  await away.message('Wait for me').getByRole('button', { name: 'Send again' }).click();
  await until(async () => (await owner.messages(closing)).length === 1, 'the message to be stored');
  await away.message('Wait for me').getByText('Not sent').waitFor({ state: 'detached' });
  await until(async () => (await away.texts()).length === 1, 'the message in its place');
  assert.deepEqual(await away.texts(), ['Wait for me']);
  assert.deepEqual((await owner.messages(closing)).map(({ content }) => content), ['Wait for me']);
});
