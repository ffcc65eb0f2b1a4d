// Who is signed in, and what becomes of what was open, typed or on its way when that changes.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { proxyFor } from '../kit/proxy.mjs';
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

test('signed out everywhere is said only when the server has done it', { timeout: 60_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const proxy = await proxyFor(t, server);
  const { owner } = await cast(server.url, { plain: true });
  const ann = await signedIn(browser, proxy.url, owner);
  ann.visitor.expect(/status of 503/);
  const takeBack = proxy.rule(({ path }) => (path.startsWith('/api/auth/logout') ? { status: 503 } : undefined));
  await everywhere(ann);
  await ann.toast('You are signed out in this browser alone').waitFor();
  assert.equal(await ann.page.getByText('You are signed out everywhere.').count(), 0);
  takeBack();
  await ann.signIn(owner);
  await everywhere(ann);
  await ann.page.getByText('You are signed out everywhere.').waitFor();
});

async function everywhere(person) {
  await person.choose(/^ann/, 'Sign out everywhere');
  await person.dialog('Sign out everywhere?').getByRole('button', { name: 'Sign out everywhere' }).click();
}
