// Who is signed in, and what becomes of what was open, typed or on its way when that changes.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { Console, signedIn } from './console.mjs';

/** A second tab of the same browser. */
async function tabOf(person) {
  const page = await person.visitor.tab();
  return new Console({ name: person.name, page });
}

test('a tab follows when another one signs in as somebody else', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, viewer, bot, session } = await cast(server.url, { plain: true });
  const first = await signedIn(browser, server.url, owner);
  // Its socket is closed before it hears of the other tab: it may ask for a new token in vain.
  first.visitor.expect(/status of 401/);
  await first.goToBot(bot.name);
  await first.open(session.title);
  const second = await tabOf(first);
  await second.page.goto('/console/bots');
  // A socket that is closed while it connects is an error to the browser.
  await second.connected();
  await second.choose(/^ann/, 'Sign out');
  await second.heading('Sign in').waitFor();
  await second.signIn(viewer);
  await first.page.getByRole('button', { name: /^eve/ }).waitFor();
  assert.equal(await first.link('Administration').count(), 0, 'nothing of ann is left');
  await first.goToBot(bot.name);
  await first.open(session.title);
  await first.write('This is eve');
  await first.sees('This is eve');
  const [message] = await until(async () => { const all = await owner.messages(session); return all.length > 0 && all; }, 'the message');
  assert.equal(message.username, 'eve');
});

test('when a log-in ends, dialogs close, and what was begun waits for the same person alone', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, viewer, bot, session } = await cast(server.url, { plain: true });
  const ann = await signedIn(browser, server.url, owner);
  ann.visitor.expect(/status of 401/);
  await ann.goToBot(bot.name);
  await ann.open(session.title);
  await ann.composer.fill('Only half of');
  await ann.button('New bot').first().click();
  await ann.dialog('New bot').waitFor();
  await owner.logOut(true);
  await ann.page.getByText('Your session has ended.').waitFor();
  await ann.dialog('New bot').waitFor({ state: 'hidden' });
  await again(ann, owner);
  await ann.heading(session.title).waitFor();
  await until(async () => (await ann.composer.inputValue()) === 'Only half of', 'what was begun');
  await (await owner.again()).logOut(true);
  await ann.page.getByText('Your session has ended.').waitFor();
  await again(ann, viewer);
  await ann.heading(session.title).waitFor();
  assert.equal(await ann.composer.inputValue(), '');
});

test('settings that were not saved when a log-in ended are there for the same person', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, editor, bot } = await cast(server.url, { plain: true });
  const bob = await signedIn(browser, server.url, editor);
  bob.visitor.expect(/status of 401/);
  const instructions = bob.page.getByRole('textbox', { name: 'Instructions' });
  await bob.goToBot(bot.name);
  await bob.tab('Settings');
  await instructions.fill('A whole evening of work');
  await editor.logOut(true);
  await bob.page.getByText('Your session has ended.').waitFor();
  await owner.call('PATCH', `/bots/${bot.id}`, { model: 'another' });
  await again(bob, editor);
  await bob.page.getByText('Not saved: instructions').waitFor();
  assert.equal(await instructions.inputValue(), 'A whole evening of work');
  await bob.page.getByText('Your changes are still here, not saved yet.').waitFor();
});

test('whoever deletes their account reads that it is deleted', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { stranger } = await cast(server.url, { plain: true });
  const mal = await signedIn(browser, server.url, stranger);
  mal.visitor.expect(/status of 401/);
  await mal.page.goto('/console/account');
  await mal.connected();
  await mal.button('Delete my account').click();
  const dialog = mal.dialog('Delete your account?');
  await dialog.getByLabel('Your password').fill(stranger.password);
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  await mal.page.getByText('Your account is deleted.').waitFor();
  await mal.button('Sign in').waitFor();
});

test('signing out asks before unsaved settings are lost, as going back does, once', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, bot } = await cast(server.url, { plain: true });
  const ann = await signedIn(browser, server.url, owner);
  const question = ann.dialog('Leave without saving?');
  const stay = async () => {
    await question.getByRole('button', { name: 'Stay here' }).click();
    await question.waitFor({ state: 'hidden' });
  };
  await ann.goToBot(bot.name);
  await ann.tab('Settings');
  await ann.page.getByRole('textbox', { name: 'Instructions' }).fill('Be brief.');
  await ann.page.goBack();
  await question.waitFor();
  await ann.page.evaluate(() => new Promise((gone) => { addEventListener('popstate', () => setTimeout(gone)); history.back(); }));
  assert.equal(await question.count(), 1);
  await stay();
  assert.match(ann.page.url(), /settings$/);
  await ann.choose(/^ann/, 'Sign out');
  await stay();
  await ann.choose(/^ann/, 'Sign out');
  await question.getByRole('button', { name: 'Leave' }).click();
  await ann.page.getByText('You are signed out.').waitFor();
});

/** On the page that the end of a log-in leads to. */
async function again(person, { username, password }) {
  await person.fill({ 'User name or e-mail': username, Password: password });
  await person.button('Sign in').click();
}
