// The inspector, as somebody uses it who builds on the protocol: the three sockets, what is shown and found, what is sent, and what is
// taken to a terminal.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';

import { assertAccessible } from '../kit/axe.mjs';
import { stageOfFile } from '../kit/file_stage.mjs';
import { until } from '../kit/people.mjs';
import { signedIn } from './console.mjs';

const NOBODYS = '00000000-0000-7000-8000-000000000000';

let ann;
const stage = stageOfFile({
  async furnish({ browser, server, owner }) {
    ann = await signedIn(browser, server.url, owner, { permissions: ['clipboard-read', 'clipboard-write'] });
  },
});

/** A visit of the page, told by what one does there. */
class Inspector {
  constructor(person) {
    this.page = person.page;
    this.grid = this.page.getByRole('grid', { name: 'Frames' });
  }

  static async visit() {
    await ann.page.goto('/console/inspector');
    await ann.heading('Inspector').waitFor();
    const made = new Inspector(ann);
    await until(async () => (await made.page.getByRole('combobox', { name: 'Bot', exact: true }).inputValue()) !== '', 'the first bot to stand there');
    return made;
  }

  /** Rows of the table that hold these words; those of a type alone with an expression. */
  row(text) {
    return this.grid.getByRole('row').filter({ has: this.page.getByRole('gridcell', { name: text, exact: typeof text === 'string' }) });
  }

  async connect({ socket, channel, since } = {}) {
    if (socket) await this.page.getByRole('combobox', { name: 'Socket' }).selectOption(socket);
    if (channel) await this.page.getByRole('combobox', { name: /^(Bot|Channel)$/ }).fill(channel);
    if (since !== undefined) await this.page.getByRole('textbox', { name: 'Since' }).fill(since);
    await ann.button('Connect').click();
    await this.page.getByRole('status').filter({ hasText: /^open/ }).waitFor();
  }

  async disconnect() {
    await ann.button('Disconnect').click();
    await ann.button('Connect').waitFor();
  }

  async send(frame) {
    await this.page.getByRole('textbox', { name: 'Frame as JSON' }).fill(typeof frame === 'string' ? frame : JSON.stringify(frame));
    await ann.button('Send frame').click();
  }

  /** The text of the one frame that is open. */
  async detail(text) {
    const index = await this.row(text).last().getAttribute('aria-rowindex');
    const row = this.grid.locator(`[aria-rowindex="${index}"]`);
    await row.click();
    await row.and(this.grid.getByRole('row', { selected: true })).waitFor();
    return this.page.getByRole('complementary').innerText();
  }

  async copied(item) {
    await ann.choose('Copy as', item);
    await ann.toast('Copied.').first().waitFor();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }
}

test('each kind of socket and of channel greets, and tells of what happens', { timeout: 120_000 }, async () => {
  const { owner, editor, viewer, bot, session } = stage;
  const inspector = await Inspector.visit();
  await inspector.connect({ socket: "A bot's socket", channel: `bot:${bot.id}` });
  await inspector.row('connection_established').waitFor();
  await editor.post(session, 'Live, to the bot');
  await inspector.row('chat_message').waitFor();
  assert.match(await inspector.detail('chat_message'), /Live, to the bot/);
  await assertAccessible(inspector.page);
  await inspector.disconnect();
  await inspector.row(/^closed: 1000/).waitFor();

  await inspector.connect({ socket: 'Notifications socket' });
  await inspector.row('connection_established').nth(1).waitFor();
  await editor.grant(await editor.createBot('Theirs'), owner, 'viewer');
  await inspector.row('notification').waitFor();
  assert.match(await inspector.detail('notification'), /Theirs/);
  await inspector.disconnect();

  await ann.button('Clear').click();
  await inspector.connect({ socket: 'One socket, any channels', channel: `session:${session.id}` });
  await inspector.row('subscribed').waitFor();
  await viewer.post(session, 'Live, to the session');
  await inspector.row('chat_message').waitFor();
  assert.match(await inspector.detail('chat_message'), /Live, to the session/);
  for (const [n, channel] of ['notifications', 'tasks'].entries()) {
    await inspector.page.getByRole('combobox', { name: 'Channel' }).fill(channel);
    await ann.button('Subscribe').click();
    await inspector.row('subscribed').nth(n + 1).waitFor();
    assert.match(await inspector.detail('subscribed'), new RegExp(channel));
  }
  await inspector.disconnect();
});

test('since replays what was, and says when that is over', { timeout: 120_000 }, async () => {
  const { owner, bot, session } = stage;
  await owner.post(session, 'Long ago');
  const inspector = await Inspector.visit();
  await inspector.connect({ channel: `bot:${bot.id}`, since: '0' });
  await inspector.row('replay_complete').waitFor();
  assert.match(await inspector.detail('chat_message'), /Long ago/);
  const types = await inspector.grid.getByRole('row').evaluateAll((rows) => rows.map((one) => one.children[2].textContent));
  assert.ok(types.indexOf('chat_message') < types.indexOf('replay_complete'), types.join(', '));
  await inspector.disconnect();
});

test('a pause holds frames and counts them; words and types find some', { timeout: 120_000 }, async () => {
  const { owner, bot, session } = stage;
  const inspector = await Inspector.visit();
  const { page } = inspector;
  await inspector.connect({ channel: `bot:${bot.id}` });
  await inspector.row('connection_established').waitFor();
  await ann.button('Pause').click();
  await owner.post(session, 'Held back');
  const goOn = page.getByRole('button', { name: /^Go on \([1-9]\d* new\)$/ });
  await goOn.waitFor();
  assert.equal(await inspector.row('chat_message').count(), 0);
  await goOn.click();
  await inspector.row('chat_message').waitFor();
  await owner.post(session, 'And a needle');
  await inspector.row('chat_message').nth(1).waitFor();

  const words = page.getByRole('searchbox', { name: 'Words in a frame' });
  await words.fill('NEEDLE');
  await page.getByText(/^1 frame of \d+/).waitFor();
  assert.match(await inspector.detail('chat_message'), /And a needle/);
  await words.fill('');
  const types = page.getByRole('combobox', { name: 'Types shown' });
  await types.selectOption('connection_established');
  await page.getByText(/^1 frame of \d+/).waitFor();
  await types.selectOption('Numbered events');
  await inspector.row('chat_message').nth(1).waitFor();
  assert.equal(await inspector.row('connection_established').count(), 0);
  await types.selectOption('All others');
  await inspector.row('connection_established').waitFor();
  assert.equal(await inspector.row('chat_message').count(), 0);
  await types.selectOption('All types');
  await inspector.disconnect();
});

test('what is sent is answered: a ping, no JSON, a token that is not shown', { timeout: 120_000 }, async () => {
  const { owner, bot } = stage;
  const inspector = await Inspector.visit();
  const { page } = inspector;
  await inspector.connect({ channel: `bot:${bot.id}` });
  await inspector.row('connection_established').waitFor();
  await inspector.send({ type: 'ping', id: 'mine' });
  await inspector.row('ping').waitFor();
  await inspector.row('pong').waitFor();
  assert.match(await inspector.detail('pong'), /mine/);
  await ann.button('Ping').click();
  await page.getByRole('status').filter({ hasText: /open · [\d.]+ ms/ }).waitFor();
  await inspector.send('{"type": ');
  await page.getByRole('alert').filter({ hasText: 'This is no JSON' }).waitFor();
  assert.equal(await inspector.row('ping').count(), 2, 'nothing was sent');
  await inspector.send({ type: 'nonsense' });
  await inspector.row('error').waitFor();

  const { access_token } = (await owner.again()).tokens;
  await inspector.send({ type: 'auth', data: { token: access_token } });
  await inspector.row('auth').waitFor();
  assert.match(await inspector.detail('auth'), /token: "…"/);
  await page.getByRole('textbox', { name: 'Frame as JSON' }).fill('{}');
  assert.ok(!(await page.locator('body').innerText()).includes(access_token));
  await page.getByRole('complementary').getByRole('button', { name: 'Copy', exact: true }).click();
  await ann.toast('Copied.').first().waitFor();
  assert.ok(!(await page.evaluate(() => navigator.clipboard.readText())).includes(access_token));
  await inspector.disconnect();
});

test('a list of bots that comes late writes nothing into the field that somebody is in', { timeout: 120_000 }, async () => {
  const { page } = ann;
  let release;
  const held = new Promise((done) => (release = done));
  await page.route('**/api/bots?*', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/console/inspector');
  const field = page.getByRole('combobox', { name: 'Bot', exact: true });
  await field.focus();
  release();
  await page.locator('datalist option').first().waitFor({ state: 'attached' });
  await page.keyboard.insertText(NOBODYS);
  assert.equal(await field.inputValue(), NOBODYS);
  await page.unroute('**/api/bots?*');
});

test('a list of bots that was asked for on an earlier visit writes nothing into this one', { timeout: 120_000 }, async () => {
  const { page } = ann;
  await page.goto('/console/bots');
  await ann.heading('Bots').waitFor();
  await ann.connected();
  const asked = [];
  await page.route('**/api/bots?limit=100', (route) => void asked.push(route));
  const visit = async () => {
    const before = asked.length;
    await ann.link('Inspector').first().click();
    await ann.heading('Inspector').waitFor();
    await until(() => asked.length > before, 'the list to be asked for');
  };
  await visit();
  await page.goBack();
  await ann.heading('Bots').waitFor();
  await visit();
  const field = page.getByRole('combobox', { name: 'Bot', exact: true });
  const came = page.waitForResponse('**/api/bots?limit=100');
  await asked[0].continue();
  await (await came).finished();
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  assert.equal(await field.inputValue(), '');
  for (const one of asked.slice(1)) await one.continue();
  await until(async () => (await field.inputValue()) !== '', 'the first bot to stand there');
  await page.unroute('**/api/bots?limit=100');
});

test('a bot that is not there: the code, what it means, and what to do', { timeout: 120_000 }, async () => {
  ann.visitor.expect(/WebSocket connection/);
  const inspector = await Inspector.visit();
  await inspector.page.getByRole('combobox', { name: 'Bot', exact: true }).fill(NOBODYS);
  await ann.button('Connect').click();
  await inspector.row(/^closed: 4003 .*\. Stop\.$/).waitFor();
  await ann.button('Connect').waitFor();
});

test('what is looked at is taken to a terminal, without the token, and works there', { timeout: 120_000 }, async () => {
  const { owner, bot, session } = stage;
  await owner.post(session, 'For the terminal');
  const inspector = await Inspector.visit();
  await inspector.page.getByRole('combobox', { name: 'Bot', exact: true }).fill(`bot:${bot.id}`);
  await inspector.page.getByRole('textbox', { name: 'Since' }).fill('0');
  const wscat = await inspector.copied('wscat: this socket');
  assert.match(wscat, /^npx wscat --header "Authorization: Bearer \$TOKEN" --connect /);
  assert.ok(wscat.includes(`/api/ws/chat/${bot.id}?since=0`), wscat);
  const stream = await inspector.copied('curl: Server-Sent Events');
  assert.match(stream, /^curl --no-buffer .*\/events\/stream\?since=0'?$/);
  const curl = await inspector.copied('curl: long poll');
  const { access_token } = (await owner.again()).tokens;
  for (const command of [wscat, stream, curl]) assert.doesNotMatch(command, /eyJ|Bearer [^$]/, 'no token in it');
  const { stdout } = await promisify(execFile)('sh', ['-c', `${curl} --silent --fail --max-time 30`], { env: { PATH: process.env.PATH, TOKEN: access_token } });
  const contents = JSON.parse(stdout).events.map(({ data }) => data.message?.content ?? data.content);
  assert.ok(contents.includes('For the terminal'), stdout.slice(0, 500));
  const whole = await inspector.copied('curl: long poll, with my token');
  assert.doesNotMatch(whole, /\$TOKEN/);
});
