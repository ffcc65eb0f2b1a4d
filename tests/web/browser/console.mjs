// The console as a person uses it: what one does there, in the words on the screen. No test looks for classes or ids.

import assert from 'node:assert/strict';

export class Console {
  constructor(visitor) {
    this.visitor = visitor;
    this.page = visitor.page;
    this.name = visitor.name;
  }

  async register(password = 'correct horse battery') {
    await this.page.goto('/');
    await this.page.getByRole('link', { name: 'Register' }).click();
    await this.fill({ 'User name': this.name, Password: password });
    await this.button('Create account').click();
    await this.heading('Bots').waitFor();
  }

  async signIn({ username, password }) {
    await this.page.goto('/');
    await this.fill({ 'User name or e-mail': username, Password: password });
    await this.button('Sign in').click();
    await this.heading('Bots').waitFor();
  }

  /** Fills fields by their labels. */
  async fill(fields) {
    for (const [label, value] of Object.entries(fields)) {
      // A label may go on with " optional".
      await this.page.getByLabel(new RegExp(`^${label.replace(/[^\w\s-]/g, '\\$&')}( optional)?$`)).fill(value);
    }
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  link(name) {
    return this.page.getByRole('link', { name, exact: true });
  }

  heading(name) {
    return this.page.getByRole('heading', { name, exact: true });
  }

  /** The heading of a page, which the card of the page that one comes from is not. */
  pageOf(name) {
    return this.page.getByRole('heading', { name, exact: true, level: 1 });
  }

  dialog(name) {
    return this.page.getByRole('dialog', { name });
  }

  async makeBot(name) {
    await this.button('New bot').first().click();
    await this.fill({ Name: name });
    await this.button('Create bot').click();
    await this.pageOf(name).waitFor();
  }

  async goToBot(name) {
    await this.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    await this.pageOf(name).waitFor();
  }

  async tab(name) {
    await this.page.getByRole('navigation', { name: /^Parts of/ }).getByRole('link', { name }).click();
  }

  async begin(title, { only = false, answers = true } = {}) {
    await this.button('New conversation').first().click();
    const dialog = this.dialog('New conversation');
    await this.fill({ Title: title });
    if (only) await dialog.getByRole('radio', { name: /Only me/ }).check();
    if (!answers) await dialog.getByRole('switch').uncheck();
    await dialog.getByRole('button', { name: 'Begin' }).click();
    await this.heading(title).waitFor();
  }

  conversations() {
    return this.page.getByRole('region', { name: 'Conversations', exact: true });
  }

  async open(title) {
    await this.conversations().getByRole('link', { name: title }).click();
    await this.heading(title).waitFor();
  }

  get composer() {
    return this.page.getByRole('textbox', { name: /^Message to/ });
  }

  async write(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** The message that has this text. */
  message(text) {
    return this.page.getByRole('list', { name: 'Messages' }).getByRole('listitem').filter({ hasText: text });
  }

  async sees(text) {
    await this.message(text).first().waitFor();
  }

  /** The texts of all messages, oldest first. */
  async texts() {
    return this.page.getByRole('list', { name: 'Messages' }).locator('[data-message] .prose').allInnerTexts();
  }

  /** Chooses from a menu. */
  async choose(menu, item) {
    await this.page.getByRole('button', { name: menu }).click();
    await this.page.getByRole('menuitem', { name: item, exact: true }).click();
  }

  toast(text) {
    return this.page.getByRole('region', { name: 'Messages of the console' }).getByText(text);
  }

  async connected() {
    // Tries are up to half a minute apart.
    await this.page.getByRole('button', { name: /^Connected/ }).waitFor({ timeout: 45_000 });
  }

  async isConnected() {
    return this.page.getByRole('button', { name: /^Connected/ }).isVisible();
  }
}

/** A person in a browser of their own, registered. */
export async function newcomer(browser, server, name, context) {
  const console = new Console(await browser.visitor(name, server.url ?? server, context));
  await console.register();
  return console;
}

/** Somebody who has an account already (made over REST). */
export async function signedIn(browser, url, person, context) {
  const console = new Console(await browser.visitor(person.username, url, context));
  await console.signIn(person);
  return console;
}

/** Texts in this order, each once. */
export function assertInOrder(texts, expected) {
  const places = expected.map((one) => texts.findIndex((text) => text.includes(one)));
  assert.ok(places.every((place) => place >= 0), `all there: ${JSON.stringify(texts)}`);
  assert.deepEqual(places, places.toSorted((a, b) => a - b), 'in order');
  for (const one of expected) assert.equal(texts.filter((text) => text.includes(one)).length, 1, `once: ${one}`);
}
