// Every page, light and dark, by axe-core's rules of WCAG 2.2 AA; and menus, dialogs and panels when they are open. The pictures that
// people look at are taken here too.

import test from 'node:test';

import { assertAccessible } from '../kit/axe.mjs';
import { stageOfFile } from '../kit/file_stage.mjs';
import { until } from '../kit/people.mjs';
import { signedIn } from './console.mjs';

const GUIDE = '# Chains\n\n## When is a chain worn out?\n\nMeasure with the gauge from drawer 4. Replace it at 0.75.\n';

const stage = stageOfFile({ furnish });

/** Something on every page. */
async function furnish({ owner, editor, viewer, bot, session }) {
  const document = await owner.upload(bot, 'repair-guide.md', GUIDE, 'text/markdown');
  await owner.upload(bot, 'broken.pdf', 'this is no PDF at all', 'text/plain').catch(() => undefined);
  await until(async () => (await owner.get(`/documents/${document.id}`)).status === 'processed', 'the document to be read');
  await owner.post(session, 'Hello **all**! See `drawer 4` and:\n\n- gauge\n- oil\n\n| part | price |\n|---|---|\n| chain | 12 |');
  await editor.post(session, 'Thanks, @ann');
  const { answer } = await owner.ask(session, 'When is a chain worn out?');
  await until(async () => (await owner.messages(session)).some(({ id }) => id === answer.message_id), 'the answer');
  await owner.call('PATCH', `/bots/${bot.id}`, { instructions: 'Answer in one sentence.' });
  await editor.call('PATCH', `/bots/${bot.id}`, { instructions: 'Answer in two sentences.', description: 'Knows the workshop' });
  await viewer.post(session, 'Good to know');
  await owner.createSession(bot, { title: 'Notes of my own', visibility: 'private', auto_reply: false });
}

/** Each with the heading that says it is there. */
const pages = ({ owner, bot, session }) => [
  ['bots', '/bots', 'Bots'],
  ['notifications', '/notifications', 'Notifications'],
  ['account', '/account', owner.username],
  ['inspector', '/inspector', 'Inspector'],
  ['bot', `/bots/${bot.id}`, bot.name],
  ['conversation', `/bots/${bot.id}/conversations/${session.id}`, session.title],
  ['search', `/bots/${bot.id}/search?q=chain`, 'Search the conversations'],
  ['documents', `/bots/${bot.id}/documents`, 'Documents'],
  ['sharing', `/bots/${bot.id}/sharing`, 'Sharing'],
  ['settings', `/bots/${bot.id}/settings`, 'Settings'],
  ['admin', '/admin', 'Administration'],
  ['admin-connections', '/admin/connections', 'Administration'],
  ['admin-tasks', '/admin/tasks', 'Administration'],
  ['admin-users', '/admin/users', 'Administration'],
  ['admin-bots', '/admin/bots', 'Administration'],
  ['admin-audit', '/admin/audit', 'Administration'],
  ['admin-broadcast', '/admin/broadcast', 'Administration'],
  ['nowhere', '/no/such/page', 'There is nothing here'],
];

for (const colorScheme of ['light', 'dark']) {
  test(`no page breaks a rule, in ${colorScheme}`, { timeout: 180_000 }, async () => {
    const outside = await stage.browser.visitor('nobody', stage.server.url, { colorScheme });
    for (const path of ['sign-in', 'register']) {
      await outside.page.goto(`/console/${path}`);
      await outside.page.getByRole('heading', { level: 1 }).waitFor();
      await assertAccessible(outside.page);
      await outside.screenshot(`${path}-${colorScheme}`);
    }
    const ann = await signedIn(stage.browser, stage.server.url, stage.owner, { colorScheme });
    for (const [name, path, heading] of pages(stage)) {
      await ann.page.goto(`/console${path}`);
      await ann.heading(heading).waitFor();
      await ann.page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
      await assertAccessible(ann.page);
      await ann.visitor.screenshot(`${name}-${colorScheme}`);
    }
  });
}

test('nor do menus, dialogs and panels that are open', { timeout: 120_000 }, async () => {
  const { bot, session } = stage;
  const ann = await signedIn(stage.browser, stage.server.url, stage.owner);
  const { page } = ann;
  const closed = async () => {
    await page.keyboard.press('Escape');
  };
  await ann.button('New bot').first().click();
  await assertAccessible(page);
  await closed();
  await page.getByRole('button', { name: /^Connected/ }).click();
  await page.getByText('Everything arrives as it happens.').waitFor();
  await assertAccessible(page);
  await closed();
  await page.getByRole('button', { name: /account menu/ }).click();
  await assertAccessible(page);
  await page.getByRole('menuitem', { name: /Keyboard shortcuts/ }).click();
  await page.getByRole('dialog').waitFor();
  await assertAccessible(page);
  await closed();
  await page.goto(`/console/bots/${bot.id}/conversations/${session.id}`);
  await ann.sees('Good to know');
  await ann.button('New conversation').first().click();
  await assertAccessible(page);
  await closed();
  await page.getByRole('list', { name: 'Sources' }).getByRole('button').first().click();
  await page.getByRole('complementary').getByText('Replace it at 0.75').waitFor();
  await assertAccessible(page);
  await ann.visitor.screenshot('citation');
});
