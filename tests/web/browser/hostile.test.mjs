// Texts that would like to be programs, as a hostile client would plant them: each in every field that takes text, seen by another
// person on every page that shows them, and in addresses. None runs, none asks for anything from elsewhere, none leads away.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast, Person, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { AWAY, LINKS, PAYLOADS, arrive, guard, line, named, onTabs } from './hostile-texts.mjs';
import { signedIn } from './console.mjs';

/** Names that are taken, and mean something to a program that is careless. */
const NAMES = ['__proto__', 'constructor', 'toString', 'javascript', 'onerror', 'script', '-----', '..._..'];

const together = (work) => Promise.all(PAYLOADS.map(work));

/** What the server refuses cannot be shown. Resolves to whether it was taken. */
const taken = (call) => call.then(() => true, (error) => {
  assert.equal(error.status, 422, String(error));
  return false;
});

/** One thing of each kind with each payload, made as any client could. */
async function plant({ owner, editor, bot, session }) {
  await together((text) => owner.post(session, text));
  await together((text) => owner.createSession(bot, { title: named(text), auto_reply: false }));
  const documents = await together((text, i) => taken(owner.upload(bot, `${named(text, 120).replaceAll('/', '_')}.md`, `# ${text}\n\nPassage ${i}: hostile ${text}`, 'text/markdown')));
  assert.ok(documents.every(Boolean), 'documents are taken');
  // Each bot that is shared is a notification with its name.
  await together(async (text) => {
    const made = await owner.createBot(named(text), { description: text, instructions: text });
    await owner.grant(made, editor, 'viewer');
  });
  for (const text of PAYLOADS) {
    await owner.call('PATCH', `/bots/${bot.id}`, { name: named(text), description: text, instructions: `${text}\nshared\n${text}`, model: named(text), settings: { [text]: text, stop: [text] } });
  }
}

/** People: hostile names are refused, what may be a name is given a role; e-mails as far as they go. */
async function plantPeople(url, { owner, bot }) {
  await together((text) => assert.rejects(Person.register(url, line(text, 32)), { status: 422 }));
  await Promise.all(NAMES.map(async (name) => owner.grant(bot, await Person.register(url, name))));
  const mal = await Person.register(url, 'mal');
  const emails = await together((text) => taken(mal.call('PATCH', '/auth/me', { email: `${line(text, 100)}@ok.invalid` })));
  assert.ok(emails.includes(false), 'not everything is an e-mail');
  const more = await together(async (text, i) => {
    const one = await Person.register(url, `mal-${i}`);
    return taken(one.call('PATCH', '/auth/me', { email: `${line(text).replaceAll(/[\s@]/g, '/')}@mal-${i}.invalid` }));
  });
  assert.ok(more.includes(true), 'some of it may be one');
}

test('no text becomes a program, wherever it is shown', { timeout: 240_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const people = await cast(server.url, { plain: true });
  const { owner, editor, bot, session } = people;
  const bob = await signedIn(browser, server.url, editor);
  const ann = await signedIn(browser, server.url, owner);
  const { page } = bob;
  const quiet = await guard(bob, server.url);
  ann.visitor.expect(/status of 404.*\/provider/);
  const quietForAnn = await guard(ann, server.url);
  const home = `/bots/${bot.id}`;
  const conversation = `/console${home}/conversations/${session.id}`;

  await t.test('live, as they come', async () => {
    await page.goto(conversation);
    await bob.heading(session.title).waitFor();
    await bob.connected();
    // The inspector looks on: its rows are what the server sends.
    await ann.page.goto(`/console/inspector?channel=bot:${bot.id}`);
    await ann.button('Connect').click();
    await ann.button('Disconnect').waitFor();
    await plant(people);
    await plantPeople(server.url, people);
    await until(async () => (await bob.texts()).length === PAYLOADS.length, 'all messages to be there', 30_000);
    await quiet('the conversation');
  });

  await t.test('toasts', async () => {
    for (const [i, text] of PAYLOADS.entries()) {
      await owner.call('POST', '/admin/broadcast', { title: named(`${i}. ${text}`), message: text, level: 'warning' });
      await bob.toast(`${i}. `).first().waitFor();
    }
    await quiet('the toasts');
  });

  await t.test('links lead to the web, to letters and to the console alone, and what is left of others does nothing', async () => {
    await owner.post(session, LINKS);
    await bob.sees('web');
    const list = page.getByRole('list', { name: 'Messages' });
    await list.getByRole('link', { name: 'web' }).waitFor();
    const links = await list.locator('.prose a[href]').evaluateAll((all) => all.map((one) => ({ target: one.getAttribute('href'), rel: one.rel, text: one.innerText })));
    for (const { target, rel } of links) {
      assert.match(target, /^(https?:\/\/|mailto:|\/console\/)/, target);
      assert.match(rel, /\bnoopener\b/, target);
    }
    for (const text of ['web', 'mail', 'https://ok.invalid/bare']) assert.ok(links.some((one) => one.text === text), `${text} is a link: ${JSON.stringify(links)}`);
    // What is looked at is made HTML: the end of the conversation was, its beginning is now.
    await page.getByRole('region', { name: 'Messages', exact: true }).press('Home');
    await until(async () => (await list.getByText('press', { exact: true }).count()) >= 5, 'what was to be pressed');
    const presses = await list.getByText('press', { exact: true }).all();
    for (const press of presses) await press.click();
    await quiet('what was pressed');
  });

  await t.test('each conversation, its title and its first words', async () => {
    const links = bob.conversations().getByRole('list').getByRole('link');
    const count = await links.count();
    assert.ok(count > PAYLOADS.length, `${count} conversations`);
    for (let i = 0; i < count; i += 1) await links.nth(i).click();
    await quiet('the conversations');
  });

  await t.test('passages', async () => {
    await until(async () => (await owner.get(`/bots/${bot.id}/documents?limit=100`)).items.every(({ status }) => ['processed', 'failed'].includes(status)), 'documents', 60_000);
    await page.goto(conversation);
    await bob.heading(session.title).waitFor();
    await owner.ask(session, 'hostile passage');
    const source = page.getByRole('list', { name: 'Sources' }).first().getByRole('button').first();
    await source.click();
    await page.getByRole('complementary').waitFor();
    await quiet('a source');
    await page.goto(`/console${home}/documents`);
    const box = page.getByRole('searchbox', { name: /^Try a search/ });
    for (const text of ['hostile passage', ...PAYLOADS]) {
      await box.fill(line(text));
      await box.press('Enter');
      await page.getByRole('heading', { name: `for “${line(text).trim()}”` }).or(page.getByText('No document holds')).first().waitFor();
    }
    await box.fill('hostile passage');
    await box.press('Enter');
    await page.getByRole('list').getByRole('button', { name: /hostile/ }).first().click();
    await page.getByRole('dialog').waitFor();
    await quiet('documents and passages');
  });

  await t.test('versions and what each changed', async () => {
    await page.goto(`/console${home}/settings/versions`);
    const versions = page.getByRole('list', { name: /^Versions/ }).getByRole('button');
    await versions.first().waitFor();
    assert.equal(await versions.count(), PAYLOADS.length + 1);
    for (const mode of ['Side by side', 'In one text']) {
      await bob.button(mode).click();
      for (let i = 0; i < PAYLOADS.length; i += 1) await versions.nth(i).click();
      await quiet(`versions, ${mode}`);
    }
  });

  await t.test('all other pages', async () => {
    const visit = (person, quietly, paths) => onTabs(person.visitor, paths, async (tab, path) => {
      await tab.goto(`/console${path}`);
      await tab.getByRole('heading', { level: 1 }).waitFor();
      await tab.waitForLoadState('networkidle');
      await quietly(path, tab);
    });
    await Promise.all([
      visit(bob, quiet, ['/bots', home, `${home}/sharing`, `${home}/settings`, '/notifications', '/account']),
      visit(ann, quietForAnn, ['', '/connections', '/tasks', '/users', '/bots', '/audit', '/broadcast'].map((one) => `/admin${one}`)),
      visit(ann, quietForAnn, [`${home}/settings/model-server`, `${home}/sharing`]),
    ]);
  });

  await t.test('rows of the inspector, and what is in each', async () => {
    const rows = ann.page.getByRole('grid', { name: 'Frames' });
    await ann.page.getByLabel('Types shown').selectOption('durable');
    await rows.press('Home');
    for (let i = 0; i < 3 * PAYLOADS.length; i += 1) await rows.press('ArrowDown');
    await ann.page.getByRole('complementary', { name: /^Frame/ }).waitFor();
    // Types and ids that come back in what the server says to them.
    await ann.page.getByLabel('Types shown').selectOption('');
    const editor = ann.page.getByLabel('Frame as JSON');
    for (const text of PAYLOADS) {
      await editor.fill(JSON.stringify({ type: text, id: text, data: { [text]: text } }));
      await editor.press('Control+Enter');
    }
    await rows.press('End');
    for (let i = 0; i < PAYLOADS.length; i += 1) await rows.press('ArrowUp');
    await quietForAnn('the inspector');
  });

  await t.test('search for each of them', async () => {
    for (const [i, text] of PAYLOADS.entries()) {
      const path = `${home}/search?q=${encodeURIComponent(text)}`;
      if (i === 0) await page.goto(`/console${path}`);
      else await arrive(page, path);
      await page.getByText(/newest first|Nothing found/).first().waitFor();
      await quiet(`?q=${text}`);
      await arrive(page, '/account');
      await bob.heading(editor.username).waitFor();
    }
  });
});

test('what stands in an address is a word, not a way', { timeout: 240_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, bot, session } = await cast(server.url, { plain: true });
  const ann = await signedIn(browser, server.url, owner);
  const quiet = await guard(ann, server.url);
  const { page } = ann;
  await owner.post(session, 'hello');
  const each = async (to, holds, texts = [...AWAY, ...PAYLOADS]) => {
    const tab = await ann.visitor.tab();
    await tab.goto('/console/bots');
    await tab.getByRole('heading', { level: 1 }).waitFor();
    for (const text of texts) {
      await arrive(tab, to(encodeURIComponent(text)));
      await holds(tab, text);
      await quiet(to(text), tab);
    }
    await tab.close();
  };
  await Promise.all([
    // Who is signed in already is led on at once.
    each((value) => `/sign-in?next=${value}`, (tab) => tab.waitForURL((to) => !to.pathname.startsWith('/console/sign-in'))),
    // All other texts are searched for above.
    each((value) => `/bots/${bot.id}/search?q=${value}`, (tab) => tab.getByRole('searchbox', { name: 'Words to find' }).waitFor(), AWAY),
    each((value) => `/bots/${bot.id}/conversations/${session.id}?message=${value}`, (tab) => tab.getByText('hello').first().waitFor()),
    each((value) => `/inspector?channel=${value}`, (tab) => tab.getByLabel('Bot', { exact: true }).waitFor()),
  ]);
  // Each once by a document of its own, all in one.
  const all = encodeURIComponent([...AWAY, ...PAYLOADS].join(' ').slice(0, 3000));
  for (const path of [`/bots/${bot.id}/search?q=${all}`, `/bots/${bot.id}/conversations/${session.id}?message=${all}`, `/inspector?channel=${all}`, `/sign-in?next=${all}`]) {
    await page.goto(`/console${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    if (path.startsWith('/inspector')) {
      await ann.button('Connect').click();
      await ann.page.getByText('Not connected', { exact: true }).or(ann.button('Disconnect')).or(page.getByRole('gridcell', { name: /^closed/ })).first().waitFor();
    }
    await quiet(path.slice(0, 60));
  }
  // And who signs in there.
  const eve = await browser.visitor('eve', server.url);
  const quietForEve = await guard({ visitor: eve, name: 'eve' }, server.url);
  await eve.page.goto(`/console/sign-in?next=${encodeURIComponent('/a/../..//outside.invalid/')}`);
  await eve.page.getByLabel('User name or e-mail').fill('eve');
  await eve.page.getByLabel('Password').fill(owner.password);
  await eve.page.getByRole('button', { name: 'Sign in' }).click();
  await eve.page.getByRole('heading', { name: 'Bots', exact: true }).waitFor();
  await quietForEve('after signing in');
});
