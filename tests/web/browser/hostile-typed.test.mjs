// The same texts, typed by a person: each into every visible field of every page and dialog. They stay text in the field, in what is
// shown of it while it is typed, and in what is said when the form is sent.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { PAYLOADS, guard } from './hostile-texts.mjs';
import { Console, signedIn } from './console.mjs';

/** Fields for text, by what they are to a person; those for dates, files and choices take none. */
const FIELDS = 'input:not([type=checkbox], [type=radio], [type=file], [type=hidden], [type=datetime-local]), textarea, [contenteditable]';

/**
 * Where texts are typed, how one gets to the fields, and what sends them. `fields` is how many there are, so that none is
 * passed over unseen; `sends` are buttons that may be pressed without harm.
 */
function places(bot, session) {
  const home = `/bots/${bot.id}`;
  const conversation = `${home}/conversations/${session.id}`;
  const dialog = (button) => async (one) => {
    await one.button(button).first().click();
    await one.page.getByRole('dialog').waitFor();
  };
  return [
    { path: '/bots', fields: 1 },
    { path: '/bots', fields: 3, open: dialog('New bot'), sends: ['Create bot'] },
    { path: conversation, fields: 2 },
    { path: conversation, fields: 1, open: dialog('New conversation'), sends: ['Begin'] },
    { path: conversation, fields: 1, sends: ['Rename'], open: async (one) => {
      await one.choose('What to do with this conversation', 'Rename');
      await one.page.getByRole('dialog').waitFor();
    } },
    { path: conversation, fields: 3, sends: ['Save'], open: async (one) => {
      await one.message('Hello').hover();
      await one.choose(/^More for the message of/, 'Edit');
      await one.page.getByLabel('Text of the message').waitFor();
    } },
    { path: `${home}/search`, fields: 1 },
    { path: `${home}/documents`, fields: 2 },
    { path: `${home}/sharing`, fields: 1, sends: ['Share'] },
    { path: `${home}/settings`, fields: 5, sends: ['Save changes'] },
    { path: `${home}/settings`, fields: 1, open: dialog('Delete bot'), sends: ['Delete bot'] },
    { path: `${home}/settings/model-server`, fields: 2, sends: ['Use this server'] },
    { path: '/account', fields: 3, sends: ['Save e-mail', 'Change password'] },
    { path: '/account', fields: 1, open: dialog('Delete my account'), sends: ['Delete my account'] },
    { path: '/inspector', fields: 5, sends: ['Send frame', 'Connect'] },
    { path: '/admin/connections', fields: 1 },
    { path: '/admin/users', fields: 1 },
    { path: '/admin/bots', fields: 1 },
    { path: '/admin/broadcast', fields: 2, sends: ['Send to everybody…'] },
  ];
}

/** The fields one can write into now: those of the dialog, if one is open. */
async function editable(page) {
  const dialog = page.getByRole('dialog');
  const within = (await dialog.count()) ? dialog : page;
  const found = [];
  for (const field of await within.locator(FIELDS).elementHandles()) if (await field.isVisible() && await field.isEditable()) found.push(field);
  return found;
}

/** Each text into each field of one place, in a tab of its own: what is not saved holds nobody back there. */
async function typeAll(visitor, quiet, { path, open, fields: expected, sends = [] }) {
  const page = await visitor.tab();
  const one = new Console({ page, name: visitor.name });
  await page.goto(`/console${path}`);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForLoadState('networkidle');
  await open?.(one);
  const fields = await until(async () => {
    const all = await editable(page);
    return all.length >= expected && all;
  }, `the fields at ${path}`);
  assert.equal(fields.length, expected, `fields at ${path}, ${sends}`);
  for (const field of fields) for (const text of PAYLOADS) await field.fill(text);
  await quiet(path, page);
  for (const name of sends) {
    const dialog = page.getByRole('dialog');
    await ((await dialog.count()) ? dialog : page).getByRole('button', { name, exact: true }).dispatchEvent('click');
    await page.waitForLoadState('networkidle');
    await quiet(`${path}, ${name}`, page);
  }
  await page.close();
}

test('what is typed into the fields of the console stays text', { timeout: 240_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, bot, session } = await cast(server.url, { plain: true });
  await owner.post(session, 'Hello');
  await Promise.all(Array.from({ length: 12 }, (_, i) => owner.upload(bot, `page-${i}.md`, `# Page ${i}\n\nWords of page ${i}.`, 'text/markdown')));
  const ann = await signedIn(browser, server.url, owner);
  // What the server refuses, and the model server that is none yet.
  ann.visitor.expect(/status of 4(00|03|04|09|12|22)/);
  const quiet = await guard(ann, server.url);
  const left = places(bot, session);
  await Promise.all([1, 2].map(async () => {
    while (left.length > 0) await typeAll(ann.visitor, quiet, left.shift());
  }));
});

test('what is typed before one has signed in stays text', { timeout: 240_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const visitor = await browser.visitor('eve', server.url);
  visitor.expect(/status of 4(01|22)/);
  const quiet = await guard({ visitor, name: 'eve' }, server.url);
  await typeAll(visitor, quiet, { path: '/sign-in', fields: 2, sends: ['Sign in'] });
  await typeAll(visitor, quiet, { path: '/register', fields: 3, sends: ['Create account'] });
});
