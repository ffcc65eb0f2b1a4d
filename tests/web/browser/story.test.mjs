// What two people live through in the console, from the first account of a server to the end of access.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { Model } from '../kit/model.mjs';
import { serverFor } from '../kit/server.mjs';
import { assertInOrder, newcomer } from './console.mjs';

const GUIDE = '# Chains\n\n## When is a chain worn out?\n\nMeasure with the gauge from drawer 4. Replace it at 0.75.\n';

test('two people share a bot, talk live, get an answer with its source, and one loses access', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const ann = await newcomer(browser, server, 'ann');
  const bob = await newcomer(browser, server, 'bob');

  await ann.makeBot('Librarian');
  await ann.tab('Sharing');
  await ann.page.getByRole('combobox', { name: /^(Person|Name|Who)/ }).fill('bob');
  await ann.page.getByRole('option', { name: /bob/ }).click();
  await ann.button('Share').click();
  await ann.page.getByText('bob', { exact: true }).first().waitFor();
  // It appears at his place by itself.
  await bob.goToBot('Librarian');
  await bob.page.getByText('Viewer').first().waitFor();

  await ann.tab('Conversations');
  await ann.begin('First questions');
  await bob.open('First questions');
  await ann.page.getByRole('img', { name: 'Looking at this conversation: bob' }).waitFor();

  await ann.composer.pressSequentially('Hel');
  await bob.page.getByText('ann is typing').first().waitFor();
  await ann.composer.fill('Hello **Bob**!');
  await ann.page.getByRole('switch', { name: 'Librarian answers' }).uncheck();
  await ann.composer.press('Enter');
  await bob.sees('Hello Bob!');
  assert.equal(await bob.message('Hello Bob!').getByRole('strong').count() + await bob.message('Hello Bob!').locator('strong').count() > 0, true, 'Markdown is drawn');
  await ann.page.getByRole('img', { name: /Read up to here:.*bob/ }).waitFor();

  await ann.tab('Documents');
  await ann.page.setInputFiles('input[type=file]', { name: 'guide.md', mimeType: 'text/markdown', buffer: Buffer.from(GUIDE) });
  await ann.page.getByText(/Ready|Processed/).first().waitFor();
  await ann.tab('Conversations');
  await ann.open('First questions');
  await ann.page.getByRole('switch', { name: 'Librarian answers' }).check();
  await ann.write('When is a chain worn out?');
  for (const person of [ann, bob]) {
    await person.sees('Measure with the gauge from drawer 4');
    await person.page.getByRole('list', { name: 'Sources' }).getByText('guide.md').waitFor();
  }
  assertInOrder(await bob.texts(), ['Hello Bob!', 'When is a chain worn out?', 'Measure with the gauge']);
  await bob.page.getByRole('list', { name: 'Sources' }).getByRole('button').first().click();
  await bob.page.getByRole('complementary').getByText('Replace it at 0.75').waitFor();
  await bob.visitor.screenshot('conversation');
  // The source takes the place of the list, not of what one writes.
  await bob.composer.fill('Thanks');
  await bob.button('Send').click({ trial: true });
  assert.equal(await bob.conversations().isVisible(), false);
  await bob.button('Close the source').click();
  await bob.conversations().getByRole('link', { name: 'First questions' }).waitFor();
  await bob.composer.fill('');

  await ann.begin('My own notes', { only: true, answers: false });
  await ann.write('Nobody reads this');
  await ann.sees('Nobody reads this');
  await ann.open('First questions');
  await ann.write('Still there?');
  await bob.sees('Still there?');
  assert.equal(await bob.page.getByText('My own notes').count(), 0, 'private stays private');

  await ann.tab('Sharing');
  await ann.choose('More for bob', 'Remove');
  await ann.page.getByRole('dialog').getByRole('button', { name: /Remove/ }).click();
  await bob.heading('Librarian is closed to you now').waitFor();
  await bob.page.getByText('taken back by ann').waitFor();
  await bob.visitor.screenshot('access-taken');
  await bob.link('To my bots').click();
  await bob.heading('Make your first bot').waitFor();
});

test('an answer streams to everybody, can be stopped, and asked for again', { timeout: 120_000 }, async (t) => {
  const browser = await browserFor(t);
  const model = await Model.start();
  t.after(() => model.close());
  const server = await serverFor(t, { settings: model.settings });
  const ann = await newcomer(browser, server, 'ann');
  await ann.makeBot('Writer');
  await ann.begin('Stories');
  await ann.write('Tell me a story');
  const call = await model.asked();
  call.say('Once upon ');
  await ann.sees('Once upon');
  // Somebody who comes in the middle sees what there is so far.
  const late = await ann.visitor.tab();
  await late.goto(ann.page.url());
  await late.getByText('Once upon').first().waitFor();
  call.say('a time');
  await ann.sees('Once upon a time');
  await late.getByText('Once upon a time').first().waitFor();
  await ann.button('Stop').click();
  await ann.page.getByText('Stopped before the end.').waitFor();
  await call.gone;
  await ann.button('Ask again').click();
  await model.reply('Two mice **lived** in a barn.');
  await ann.sees('Two mice lived in a barn.');
  await ann.visitor.screenshot('answers');

  // What was formatted while it came stays so when it has ended, however long its last words take.
  await ann.write('And then?');
  const last = await model.asked();
  last.say('Three **cats** came');
  await ann.page.locator('strong', { hasText: 'cats' }).waitFor();
  let release;
  const released = new Promise((resolve) => { release = resolve; });
  await ann.page.route('**/api/markdown', async (route) => {
    await released;
    await route.continue();
  });
  last.say(' and **stayed**').end();
  await ann.sees('and **stayed**');
  await ann.button('Stop').waitFor({ state: 'detached' });
  assert.equal(await ann.page.locator('strong', { hasText: 'cats' }).count(), 1);
  release();
  await ann.sees('Three cats came and stayed');
});
