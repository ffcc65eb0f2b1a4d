// The four pictures of the README, of a workshop that three people run together. Who changes the console looks at them, and copies them
// to docs/console when they are better than those that are there.

import test from 'node:test';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { browserFor, PHONE, WIDE } from '../kit/browser.mjs';
import { Person, until } from '../kit/people.mjs';
import { serverFor } from '../kit/server.mjs';
import { signedIn } from './console.mjs';

const DEMO = fileURLToPath(new URL('../../../demo/', import.meta.url));
const FILES = ['workshop-handbook.pdf', 'membership-and-prices.docx', 'repair-guide.md', 'tools-to-lend.xlsx'];

async function upload(person, bot, name) {
  const form = new FormData();
  form.append('file', new Blob([await readFile(`${DEMO}${name}`)]), name);
  return person.call('POST', `/bots/${bot.id}/documents`, form);
}

/** Asks, and waits for the answer to be stored. */
async function asked(person, session, question) {
  const { answer } = await person.ask(session, question);
  await until(async () => (await person.messages(session)).some(({ id }) => id === answer.message_id), 'the answer');
}

async function workshop(url) {
  const [anna, ben, chloe] = [await Person.register(url, 'anna'), await Person.register(url, 'ben'), await Person.register(url, 'chloe')];
  const bot = await anna.createBot('Workshop guide', { description: 'Answers from the papers of the workshop.' });
  await anna.grant(bot, ben, 'editor');
  await anna.grant(bot, chloe, 'viewer');
  for (const name of FILES) await upload(anna, bot, name);
  await until(async () => (await anna.get(`/bots/${bot.id}/documents`)).items.every(({ status }) => status === 'processed'), 'the documents');
  const rags = await ben.createSession(bot, { title: 'Oily rags and other waste', auto_reply: false });
  await ben.post(rags, 'Who takes the bin out this week?');
  await chloe.post(rags, 'I do. **Monday**, before nine.');
  await chloe.createSession(bot, { title: 'Notes for the open day', visibility: 'private', auto_reply: false });
  const session = await anna.createSession(bot, { title: 'Questions at the counter', auto_reply: true });
  await ben.post(session, 'Somebody wants to join with the whole family. What do I tell them?');
  await asked(chloe, session, 'How much is the membership fee for a household?');
  await ben.post(session, 'Thanks! And on Saturday we are:\n\n| who | from | to |\n|---|---|---|\n| Anna | 10:00 | 13:00 |\n| Chloe | 12:30 | 15:00 |');
  await asked(anna, session, 'When is a chain worn out?');
  return { anna, ben, chloe, bot, session };
}

test('pictures of the console', { timeout: 180_000 }, async (t) => {
  const browser = await browserFor(t);
  const server = await serverFor(t);
  const { anna, ben, chloe, bot, session } = await workshop(server.url);
  const path = `/console/bots/${bot.id}/conversations/${session.id}`;
  const others = [];
  for (const person of [ben, chloe]) {
    const other = await signedIn(browser, server.url, person, person === chloe ? { viewport: PHONE, isMobile: true, hasTouch: true, deviceScaleFactor: 2, colorScheme: 'dark' } : { viewport: WIDE });
    await other.page.goto(path);
    await other.sees('When is a chain worn out?');
    others.push(other);
  }
  const screen = await signedIn(browser, server.url, anna, { viewport: WIDE });
  await screen.page.goto(path);
  await screen.sees('When is a chain worn out?');
  await screen.page.getByRole('list', { name: 'Sources' }).last().getByRole('button').first().click();
  await screen.page.getByRole('complementary').getByText('chain').first().waitFor();
  await screen.page.getByRole('img', { name: /Looking at this conversation:.*ben/ }).waitFor();
  await screen.visitor.screenshot('readme-conversation');
  await others[1].visitor.screenshot('readme-phone');
  await others[0].tab('Documents');
  await others[0].page.getByText('tools-to-lend.xlsx').waitFor();
  await others[0].visitor.screenshot('readme-documents');
  await screen.page.goto('/console/inspector');
  await screen.page.getByRole('combobox', { name: 'Bot' }).fill(`bot:${bot.id}`);
  await screen.page.getByRole('textbox', { name: 'Since' }).fill('0');
  await screen.button('Connect').click();
  await screen.page.getByRole('row').filter({ hasText: 'replay_complete' }).waitFor();
  await screen.page.getByRole('row').filter({ hasText: 'chat_message' }).last().click();
  await screen.visitor.screenshot('readme-inspector');
});
