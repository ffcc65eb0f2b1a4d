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
  await first.goToBot(bot.name);
  await first.open(session.title);
  const second = await tabOf(first);
  await second.page.goto('/console/bots');
  await second.choose(/^ann/, 'Sign out');
  await second.heading('Sign in').waitFor();
  await first.heading('Sign in').waitFor();
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
