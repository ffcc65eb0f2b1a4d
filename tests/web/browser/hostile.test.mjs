// Texts that would like to be programs: thirty of them in every field that takes text, seen by another person on every page that shows
// them. None runs, none asks for anything from elsewhere, and the policy of the page has nothing to stop.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { cast, Person, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { signedIn } from './console.mjs';

const RUN = 'window.__ran=1';
const PAYLOADS = [
  `<script>${RUN}</script>`,
  `"><script>${RUN}</script>`,
  `<img src=x onerror=${RUN}>`,
  `<svg onload=${RUN}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<body onload=${RUN}>`,
  `<iframe srcdoc="<script>parent.__ran=1</script>"></iframe>`,
  `<iframe src="javascript:parent.__ran=1"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="javascript:${RUN}">`,
  `<details open ontoggle=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<video><source onerror=${RUN}></video>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${RUN}>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<a href="javascript:${RUN}">press</a>`,
  `[press](javascript:${RUN})`,
  `[press](JaVaScRiPt:${RUN})`,
  `[press](&#106;avascript:${RUN})`,
  `[press](data:text/html,<script>${RUN}</script>)`,
  `[press](vbscript:${RUN})`,
  `![x](https://outside.invalid/pixel.png)`,
  `![x](javascript:${RUN})`,
  `<https://ok.invalid/" onmouseover="${RUN}>`,
  `[a]: javascript:${RUN}\n\n[a]`,
  '```html\n<img src=x onerror=' + RUN + '>\n```',
  `<style>@import "https://outside.invalid/x.css"; * { display: none }</style>`,
  `<link rel=stylesheet href=https://outside.invalid/x.css>`,
  `<meta http-equiv=refresh content="0;url=https://outside.invalid/">`,
  `{{constructor.constructor('${RUN}')()}}`,
  `\u202E<b onclick=${RUN}>\u0301\u0301\u0301</b>`,
];

/** Fields of one line take no line feed. */
const line = (text, most = 200) => text.replaceAll('\n', ' ').slice(0, most);

/** What the server does not take is as good. */
function refused(error) {
  assert.ok(error.status >= 400 && error.status < 500, String(error));
}

/** One thing of each kind with each payload, made as any client could. */
async function plant({ owner, editor, bot, session }) {
  for (const text of PAYLOADS) {
    await owner.post(session, text);
    await owner.createSession(bot, { title: line(text), auto_reply: false }).catch(refused);
  }
  for (const [i, text] of PAYLOADS.entries()) {
    await owner.upload(bot, `${line(text, 120).replaceAll('/', '_')}.md`, `# ${text}\n\nPassage ${i}: hostile ${text}`, 'text/markdown').catch(refused);
  }
  for (const text of PAYLOADS.slice(0, 8)) {
    await owner.call('PATCH', `/bots/${bot.id}`, { name: line(text), description: text, instructions: text, model: line(text) });
    await owner.call('POST', '/admin/broadcast', { title: line(text), message: text });
  }
  await editor.call('PATCH', `/bots/${bot.id}`, { description: PAYLOADS[2], instructions: PAYLOADS.join('\n') });
}

test('no text becomes a program, wherever it is shown', { timeout: 240_000 }, async (t) => {
  const browser = await browserFor(t);
  assert.ok(PAYLOADS.length >= 30);
  const server = await serverFor(t);
  const people = await cast(server.url, { plain: true });
  const { owner, editor, bot, session } = people;
  const eve = await signedIn(browser, server.url, editor);
  const outside = [];
  eve.visitor.context.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob|about):/.test(request.url())) outside.push(request.url());
  });
  // Live, as they come, and afterwards on each page.
  await eve.page.goto(`/console/bots/${bot.id}/conversations/${session.id}`);
  await eve.heading(session.title).waitFor();
  await plant(people);
  await until(async () => (await eve.texts()).length === PAYLOADS.length, 'all messages to be there', 30_000);
  await assertQuiet(eve, 'live');
  // What is named `press` may be a link, to the web alone.
  for (const link of await eve.page.getByRole('list', { name: 'Messages' }).getByRole('link').all()) {
    const target = await link.getAttribute('href');
    assert.match(target, /^(https?:|mailto:|\/console\/)/, target);
  }
  await until(async () => (await owner.get(`/bots/${bot.id}/documents?limit=100`)).items.every(({ status }) => ['processed', 'failed'].includes(status)), 'documents', 60_000);
  await owner.ask(session, 'hostile passage');
  await eve.page.getByRole('list', { name: 'Sources' }).first().waitFor();
  await eve.page.getByRole('list', { name: 'Sources' }).getByRole('button').first().click();
  await eve.page.getByRole('complementary').waitFor();
  await assertQuiet(eve, 'a passage');
  for (const path of [
    `/bots/${bot.id}/conversations/${session.id}`, `/bots/${bot.id}/documents`, `/bots/${bot.id}/sharing`, `/bots/${bot.id}/settings`, `/bots/${bot.id}/search?q=script`, '/bots', '/notifications', '/inspector',
  ]) {
    await eve.page.goto(`/console${path}`);
    await eve.page.getByRole('heading', { level: 1 }).waitFor();
    await eve.page.waitForLoadState('networkidle');
    await assertQuiet(eve, path);
  }
  const ann = await signedIn(browser, server.url, owner);
  for (const path of ['/admin/bots', '/admin/users', '/admin/connections', '/admin/tasks']) {
    await ann.page.goto(`/console${path}`);
    await ann.page.waitForLoadState('networkidle');
    await assertQuiet(ann, path);
  }
  assert.deepEqual(outside, []);
});

test('what is typed into the fields of the console stays text', { timeout: 240_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { owner, bot, session } = await cast(server.url, { plain: true });
  const ann = await signedIn(browser, server.url, owner);
  const { page } = ann;
  await page.goto(`/console/bots/${bot.id}/conversations/${session.id}`);
  for (const text of PAYLOADS) {
    await ann.composer.fill(text);
    await ann.composer.press('Enter');
  }
  await until(async () => (await owner.messages(session)).length === PAYLOADS.length, 'all to be stored');
  await until(async () => (await ann.texts()).length === PAYLOADS.length, 'all to be shown');
  for (const place of ['/bots', `/bots/${bot.id}/search`, `/bots/${bot.id}`, `/bots/${bot.id}/documents`, '/inspector', '/admin/users', '/admin/bots', '/admin/connections']) {
    await page.goto(`/console${place}`);
    await page.waitForLoadState('networkidle');
    for (const box of await page.getByRole('searchbox').all()) {
      for (const text of PAYLOADS.slice(0, 6)) await box.fill(line(text));
    }
    await assertQuiet(ann, place);
  }
  await Person.register(server.url, 'mal');
});

async function assertQuiet({ page, name }, where) {
  assert.equal(await page.evaluate(() => window.__ran ?? 0), 0, `something ran for ${name} at ${where}`);
}
