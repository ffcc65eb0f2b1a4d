// The documents of a bot in the console: what an editor does with them and what a viewer sees of it, live.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';

import { PHONE, browserFor } from '../kit/browser.mjs';
import { cast, until } from '../kit/people.mjs';
import { proxyFor } from '../kit/proxy.mjs';
import { serverFor } from '../kit/server.mjs';
import { assertGood, choose, row, sees, visit } from './bot-pages.mjs';

const HANDBOOK = '# Handbook\n\n## Opening hours\n\nThe library is open on Monday from nine to five.\n\n## Fines\n\nA late book costs twenty cents a day.\n';
const GUIDE = '# Guide\n\nPlease leave the umbrella at the door.\n';
const file = (name, content, mimeType = 'text/markdown') => ({ name, mimeType, buffer: Buffer.from(content) });

async function stage(t, settings = {}) {
  // First, so that it goes first: a page that loses its server complains.
  const browser = await browserFor(t);
  const server = await serverFor(t, { settings });
  const people = await cast(server.url, { plain: true });
  return { server, browser, path: `/bots/${people.bot.id}/documents`, ...people };
}

const add = (page, ...files) => page.locator('input[type=file]').setInputFiles(files);
const ready = (page, name) => row(page, name).getByText('Ready').waitFor();

test('several files are added at once and get ready before the eyes of everyone', async (t) => {
  const { server, browser, path, editor, viewer } = await stage(t);
  const bob = await visit(browser, server, editor, path);
  const eve = await visit(browser, server, viewer, path);
  await bob.page.getByRole('heading', { name: 'Give the bot something to read' }).waitFor();
  await eve.page.getByRole('heading', { name: 'No documents yet' }).waitFor();
  await add(bob.page, file('handbook.md', HANDBOOK), file('guide.md', GUIDE), file('prices.csv', 'thing,price\nbook,3\n', 'text/csv'));
  for (const { page } of [bob, eve]) {
    for (const name of ['handbook.md', 'guide.md', 'prices.csv']) await ready(page, name);
    await sees(page, /^3 documents/);
    await row(page, 'handbook.md').getByText(/bob/).waitFor();
  }
  for (const name of ['Add documents', 'More for guide.md']) {
    assert.equal(await bob.page.getByRole('button', { name }).count(), 1);
    assert.equal(await eve.page.getByRole('button', { name }).count(), 0, `no ${name} for viewers`);
  }
  await assertGood(bob);
  await assertGood(eve);
});

test('files are dropped anywhere on the page, and pasted', async (t) => {
  const { server, browser, path, editor } = await stage(t);
  const { page } = await visit(browser, server, editor, path);
  await page.getByRole('heading', { name: 'Give the bot something to read' }).waitFor();
  const transfer = await page.evaluateHandle((text) => {
    const given = new DataTransfer();
    given.items.add(new File([text], 'dropped.md', { type: 'text/markdown' }));
    return given;
  }, GUIDE);
  await page.dispatchEvent('h1', 'dragenter', { dataTransfer: transfer });
  await sees(page, 'Drop to add to Librarian');
  await page.dispatchEvent('h1', 'drop', { dataTransfer: transfer });
  await ready(page, 'dropped.md');
  assert.equal(await page.getByText('Drop to add to Librarian').count(), 0);
  await page.evaluate((text) => {
    const given = new DataTransfer();
    given.items.add(new File([text], 'pasted.md', { type: 'text/markdown' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: given, bubbles: true, cancelable: true }));
  }, HANDBOOK);
  await ready(page, 'pasted.md');
});

test('a file that is not taken says why, and where the same one is', async (t) => {
  const { server, browser, path, editor, bot } = await stage(t, { COLLOQUY_UPLOAD_SIZE: '64KiB' });
  await editor.upload(bot, 'handbook.md', HANDBOOK, 'text/markdown');
  const bob = await visit(browser, server, editor, path);
  bob.expect(/status of (409|413|415)/);
  const { page } = bob;
  await ready(page, 'handbook.md');
  await add(page, file('twin.md', HANDBOOK), file('photo.png', Buffer.from('89504e470d0a1a0a', 'hex'), 'image/png'), file('long.txt', 'word '.repeat(20_000), 'text/plain'));
  await sees(row(page, 'twin.md'), 'has this very file already');
  await sees(row(page, 'photo.png'), 'Files of this kind cannot be read');
  await sees(row(page, 'long.txt'), 'larger than this server takes');
  await assertGood(bob);
  await row(page, 'twin.md').getByRole('button', { name: 'Show it' }).click();
  await until(() => page.evaluate(() => document.activeElement?.textContent?.includes('handbook.md')), 'the focus on the document');
  for (const name of ['twin.md', 'photo.png', 'long.txt']) await page.getByRole('button', { name: `Dismiss ${name}` }).click();
  await page.getByText('Not added').first().waitFor({ state: 'detached' });
  assert.equal((await editor.get(`/bots/${bot.id}/documents`)).items.length, 1);
});

test('a file that is not taken is told of on another page too', async (t) => {
  const { server, browser, path, editor } = await stage(t);
  const bob = await visit(browser, server, editor, path);
  bob.expect(/status of 415/);
  const { page } = bob;
  let go;
  const wait = new Promise((resolve) => { go = resolve; });
  await page.route('**/documents', async (route) => {
    if (route.request().method() === 'POST') await wait;
    return route.continue();
  });
  await add(page, file('photo.png', Buffer.from('89504e470d0a1a0a', 'hex'), 'image/png'));
  await row(page, 'photo.png').waitFor();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Librarian' }).click();
  await page.getByRole('heading', { name: 'Pick a conversation' }).waitFor();
  go();
  await sees(page, 'photo.png was not added');
  await page.getByRole('button', { name: 'To the documents' }).click();
  await sees(row(page, 'photo.png'), 'Files of this kind cannot be read');
});

test('an upload whose connection breaks off is tried again without doubling anything', async (t) => {
  const { server, browser, path, editor, bot } = await stage(t);
  const bob = await visit(browser, server, editor, path);
  bob.expect(/ERR_FAILED/);
  const { page } = bob;
  let refused = 0;
  await page.route('**/documents', (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    refused += 1;
    return route.abort();
  });
  await add(page, file('guide.md', GUIDE));
  await sees(row(page, 'guide.md'), 'The connection broke off');
  assert.ok(refused >= 1);
  await page.unroute('**/documents');
  await page.getByRole('button', { name: 'Try again: guide.md' }).click();
  await ready(page, 'guide.md');
  assert.equal((await editor.get(`/bots/${bot.id}/documents`)).items.length, 1);
});

test('a document that cannot be read says why and is read once more when asked', async (t) => {
  const { server, browser, path, editor, bot } = await stage(t);
  const { page } = await visit(browser, server, editor, path);
  await add(page, file('contract.pdf', '%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF', 'application/pdf'));
  await sees(row(page, 'contract.pdf'), 'The file is damaged and cannot be read.');
  await row(page, 'contract.pdf').getByText('Failed').waitFor();
  const failures = async () => (await editor.get(`/bots/${bot.id}/events?since=0&limit=100`)).events.filter((e) => e.type === 'document_update' && e.data.action === 'failed').length;
  assert.equal(await failures(), 1);
  await page.getByRole('button', { name: 'Try again: contract.pdf' }).click();
  await until(async () => (await failures()) === 2, 'the second reading');
  await row(page, 'contract.pdf').getByText('Failed').waitFor();
});

test('work on a document is cancelled half-way, and taken up again', async (t) => {
  const { server, browser, path, editor, viewer } = await stage(t);
  const bob = await visit(browser, server, editor, path);
  const eve = await visit(browser, server, viewer, path);
  const text = Array.from({ length: 60_000 }, (_, i) => `Sentence number ${i} tells of the thing number ${i * 7}.`).join('\n\n');
  await add(bob.page, file('long.txt', text, 'text/plain'));
  await eve.page.getByRole('progressbar', { name: /^long.txt:/ }).waitFor();
  await row(bob.page, 'long.txt').getByText(/Waiting|Reading|Storing|Making/).waitFor();
  // The upload's own row, which may stand beside it for a moment, has a button of this name too.
  const itsOwn = row(bob.page, 'long.txt').filter({ has: bob.page.getByRole('progressbar', { name: /^long.txt:/ }) });
  await itsOwn.getByRole('button', { name: 'Cancel long.txt' }).click();
  for (const { page } of [bob, eve]) await row(page, 'long.txt').getByText('Cancelled', { exact: true }).waitFor();
  await bob.page.getByRole('button', { name: 'Try again: long.txt' }).click();
  await row(eve.page, 'long.txt').getByRole('progressbar').waitFor();
});

test('a deletion is asked for, proven, and seen by the others', async (t) => {
  const { server, browser, path, owner, editor, viewer, bot } = await stage(t);
  const document = await owner.upload(bot, 'handbook.md', HANDBOOK, 'text/markdown');
  await until(async () => (await owner.get(`/documents/${document.id}`)).status === 'processed', 'the handbook');
  const session = await owner.createSession(bot, { title: 'Fines' });
  await owner.ask(session, 'What does a late book cost?');
  await until(async () => (await owner.messages(session)).some((m) => m.metadata.citations?.length > 0), 'an answer that quotes');
  const bob = await visit(browser, server, editor, path);
  const eve = await visit(browser, server, viewer, path);
  await ready(eve.page, 'handbook.md');
  await choose(bob.page, 'More for handbook.md', 'Delete document');
  const question = bob.page.getByRole('dialog', { name: 'Delete this document?' });
  await sees(question, 'This cannot be undone.');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await ready(bob.page, 'handbook.md');
  await choose(bob.page, 'More for handbook.md', 'Delete document');
  await question.getByRole('button', { name: 'Delete document' }).click();
  const proof = bob.page.getByRole('dialog', { name: 'Deleted' });
  await sees(proof, 'is gone from this server');
  const told = (await proof.innerText()).replace(/\s+/g, ' ');
  assert.match(told, /\d+ passages?/);
  assert.match(told, new RegExp(`${HANDBOOK.length} bytes`));
  assert.match(told, /1 message quoted it/);
  await assertGood(bob);
  await proof.getByRole('button', { name: 'Done' }).click();
  await eve.page.getByRole('heading', { name: 'No documents yet' }).waitFor();
  await assert.rejects(owner.get(`/documents/${document.id}`), { status: 404 });
});

test('a search shows the passages that the bot would find, each in its place', async (t) => {
  const { server, browser, path, viewer, owner, bot } = await stage(t);
  await owner.upload(bot, 'handbook.md', HANDBOOK, 'text/markdown');
  const eve = await visit(browser, server, viewer, path);
  const { page } = eve;
  await ready(page, 'handbook.md');
  const box = page.getByRole('searchbox', { name: /Try a search/ });
  await box.fill('late book');
  await box.press('Enter');
  const hit = page.getByRole('button', { name: /twenty cents/ });
  await hit.waitFor();
  await assertGood(eve);
  await hit.click();
  const place = page.getByRole('dialog', { name: 'handbook.md' });
  await sees(place, 'cents a day');
  await sees(place, /Monday from nine/);
  assert.deepEqual(await place.locator('mark').allInnerTexts(), ['late', 'book']);
  await assertGood(eve);
  // Two presses before the answer are one step: there is no passage before the first.
  let go;
  const wait = new Promise((resolve) => { go = resolve; });
  await page.route('**/chunks/*', async (route) => {
    await wait;
    await route.continue();
  });
  await place.getByRole('button', { name: 'Earlier' }).dblclick();
  go();
  await sees(place, /passage 1$/);
  await sees(place, /cents a day/);
  assert.equal(await place.getByRole('button', { name: 'Try again' }).count(), 0);
  await page.keyboard.press('Escape');
  await box.fill('submarine');
  await box.press('Enter');
  await sees(page, 'Nothing for “submarine”');
});

test('what is downloaded is what was uploaded', async (t) => {
  const { server, browser, path, viewer, owner, bot } = await stage(t);
  await owner.upload(bot, 'handbook.md', HANDBOOK, 'text/markdown');
  const { page } = await visit(browser, server, viewer, path);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download handbook.md' }).click()]);
  assert.equal(download.suggestedFilename(), 'handbook.md');
  assert.equal(await readFile(await download.path(), 'utf8'), HANDBOOK);
});

test('a download that is cut off says that the server is away', async (t) => {
  const { server, browser, path, viewer, owner, bot } = await stage(t);
  const proxy = await proxyFor(t, server);
  await owner.upload(bot, 'long.txt', 'word '.repeat(40_000), 'text/plain');
  const eve = await visit(browser, proxy, viewer, path);
  eve.expect(/WebSocket connection|ERR_|Failed to load resource/);
  const { page } = eve;
  const button = page.getByRole('button', { name: 'Download long.txt' });
  await button.waitFor();
  proxy.slow(20_000);
  const answer = page.waitForResponse(/\/content$/);
  await button.click();
  await answer;
  await until(async () => (await button.getAttribute('aria-busy')) === 'true', 'the button to say that it is at it');
  proxy.cut();
  await sees(page, 'Not downloaded');
  await sees(page, 'The server cannot be reached right now.');
  await until(async () => (await button.getAttribute('aria-busy')) === 'false', 'the button to be free again');
});

test('of more than a hundred documents the older ones are loaded when asked for, and stay live', async (t) => {
  const { server, browser, path, owner, editor, bot } = await stage(t);
  const [first, second] = [await owner.upload(bot, 'the first.txt', 'one'), await owner.upload(bot, 'the second.txt', 'two')];
  await Promise.all(Array.from({ length: 101 }, (_, i) => owner.upload(bot, `number ${i}.txt`, `text ${i}`)));
  const bob = await visit(browser, server, editor, path);
  const { page } = bob;
  await sees(page, /^The newest 100 documents/);
  assert.equal(await row(page, 'the first.txt').count(), 0);
  await page.getByRole('button', { name: 'Show older documents' }).click();
  await row(page, 'the first.txt').waitFor();
  await sees(page, /^103 documents/);
  await owner.call('DELETE', `/documents/${second.id}`);
  await row(page, 'the second.txt').waitFor({ state: 'detached' });
  await page.getByRole('searchbox', { name: 'Only names with' }).fill('the fir');
  await row(page, 'number 100.txt').waitFor({ state: 'detached' });
  await choose(page, 'More for the first.txt', 'Delete document');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete document' }).click();
  await page.getByRole('dialog', { name: 'Deleted' }).getByRole('button', { name: 'Done' }).click();
  await sees(page, 'No name has “the fir” in it.');
  await assert.rejects(owner.get(`/documents/${first.id}`), { status: 404 });
});

test('with the keyboard alone a document is found and deleted', async (t) => {
  const { server, browser, path, editor, bot } = await stage(t);
  await editor.upload(bot, 'guide.md', GUIDE, 'text/markdown');
  const { page } = await visit(browser, server, editor, path);
  await ready(page, 'guide.md');
  const focus = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim());
  const tabTo = (name) => until(async () => {
    if (await focus() === name) return true;
    await page.keyboard.press('Tab');
    return false;
  }, `the focus on ${name}`);
  await tabTo('More for guide.md');
  await page.keyboard.press('ArrowDown');
  await until(async () => (await focus()) === 'Download', 'the first command');
  await page.keyboard.press('End');
  assert.equal(await focus(), 'Delete document');
  await page.keyboard.press('Enter');
  await until(async () => (await focus()) === 'Cancel', 'the harmless answer');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await until(async () => (await focus()) === 'Done', 'the proof');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Give the bot something to read' }).waitFor();
  await until(async () => (await focus()) === 'Documents', 'the focus on the heading');
});

test('on a phone, in the dark, nothing is cut off', async (t) => {
  const { server, browser, path, owner, editor, bot } = await stage(t);
  await owner.upload(bot, 'a rather long name of a document that hardly fits anywhere, least of all on a phone.md', HANDBOOK, 'text/markdown');
  const bob = await visit(browser, server, editor, path, { viewport: PHONE, colorScheme: 'dark' });
  await bob.page.getByRole('button', { name: /^More for a rather long/ }).waitFor();
  const scrolls = await bob.page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
  assert.equal(scrolls, false, 'the page itself does not scroll');
  await assertGood(bob);
  await bob.screenshot('documents-phone');
});
