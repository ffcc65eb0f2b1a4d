// Real Chromium, one process for a test file, one context for each person. What goes wrong in a page without anybody
// looking (errors on the console, breaches of the Content-Security-Policy, uncaught errors and rejections) is collected
// and fails the test, unless the test said that it expects it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const SCREENSHOTS = join(dirname(fileURLToPath(import.meta.url)), '../screenshots');
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
/** How long a page may take for one step on a busy machine. */
const STEP = 15_000;
export const PHONE = { width: 390, height: 844 };
export const WIDE = { width: 1600, height: 1000 };

/** `CHROMIUM`, or what Debian and others install. */
export function chromiumPath() {
  const named = process.env.CHROMIUM;
  if (named) {
    if (!existsSync(named)) throw new Error(`no Chromium at ${named} (CHROMIUM)`);
    return named;
  }
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // Under another name, perhaps.
    }
  }
  throw new Error('no Chromium: install it (apt-get install chromium), or set CHROMIUM');
}

export class Browser {
  #chromium;
  #visitors = [];

  constructor(launched) {
    this.#chromium = launched;
  }

  static async launch() {
    return new Browser(await chromium.launch({ executablePath: chromiumPath(), args: FLAGS }));
  }

  get version() {
    return this.#chromium.version();
  }

  /** A person at a browser of their own. `context` takes what playwright's newContext takes (viewport, colorScheme …). */
  async visitor(name, baseURL, context = {}) {
    const made = await this.#chromium.newContext({ baseURL, viewport: { width: 1280, height: 860 }, locale: 'en-GB', timezoneId: 'UTC', ...context });
    made.setDefaultTimeout(STEP);
    const visitor = new Visitor(name, made);
    await visitor.watch();
    this.#visitors.push(visitor);
    return visitor;
  }

  /** Fails when anything went wrong in any page. */
  check() {
    const wrong = this.#visitors.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
    assert.equal(wrong.length, 0, `in the pages:\n${wrong.join('\n')}`);
  }

  /** Closes all pages and looks at what went wrong in them. */
  async leave() {
    const visitors = this.#visitors;
    try {
      for (const visitor of visitors) await visitor.settle();
      this.check();
    } finally {
      this.#visitors = [];
      for (const visitor of visitors) await visitor.close();
    }
  }

  /** What is on the screens, and what went wrong in the pages, to stderr. */
  async tell() {
    for (const visitor of this.#visitors) console.error(await visitor.shown());
  }

  async close() {
    for (const visitor of this.#visitors) await visitor.close();
    this.#visitors = [];
    await this.#chromium.close();
  }
}

export class Visitor {
  #expected = [];
  #seen = [];

  constructor(name, context) {
    this.name = name;
    this.context = context;
    this.page = null;
  }

  async watch() {
    await this.context.exposeBinding('__colloquyTestReport', (_source, problem) => this.#seen.push(problem));
    await this.context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        window.__colloquyTestReport(`policy: ${event.effectiveDirective} blocked ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
      });
    });
    this.context.on('page', (page) => this.#follow(page));
    this.page = await this.context.newPage();
  }

  /** What went wrong and was not expected. */
  get problems() {
    return this.#seen.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
  }

  /** Everything that went wrong, expected or not. */
  get seen() {
    return [...this.#seen];
  }

  /** Problems that match are part of the story from here on, and those before as well. */
  expect(...patterns) {
    this.#expected.push(...patterns);
    return this;
  }

  /** A second tab of the same person. */
  tab() {
    return this.context.newPage();
  }

  /** As a picture into screenshots/. */
  async screenshot(name, { page = this.page, ...options } = {}) {
    await mkdir(SCREENSHOTS, { recursive: true });
    const path = join(SCREENSHOTS, `${name}.png`);
    await page.screenshot({ path, animations: 'disabled', caret: 'hide', ...options });
    return path;
  }

  /** Waits until reports on their way have come: a round trip through each page. */
  async settle() {
    for (const page of this.context.pages()) {
      await page.evaluate(() => undefined).catch(() => undefined);
    }
  }

  /** The texts of all pages as they are now. */
  async shown() {
    const pages = this.context.pages().map(async (page) => {
      const text = await page.locator('body').innerText({ timeout: 1_000 }).catch(String);
      return `--- ${this.name} at ${page.url()}\n${text}`;
    });
    return [...(await Promise.all(pages)), ...this.problems, '---'].join('\n');
  }

  async close() {
    await this.context.close();
  }

  #follow(page) {
    page.on('console', (message) => {
      // Chromium asks for it by itself on pages that name no icon.
      if (message.location().url.endsWith('/favicon.ico')) return;
      if (message.type() === 'error') this.#seen.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.#seen.push(`uncaught: ${error.stack ?? error}`));
    page.on('crash', () => this.#seen.push('the page crashed'));
    page.on('dialog', (dialog) => {
      this.#seen.push(`dialog: ${dialog.type()} ${dialog.message()}`);
      dialog.dismiss().catch(() => undefined);
    });
  }
}

/**
 * A browser for a test or a suite of node:test. Problems in the pages fail it. Ask for it before the server: what is asked for first is
 * closed first, and pages that outlive their server complain.
 */
export async function browserFor(t) {
  const browser = await Browser.launch();
  t.after(async () => {
    try {
      // Of a test that has failed, what is on the screens says more than another failure.
      if (t.passed === false) await browser.tell();
      else await browser.leave();
    } finally {
      await browser.close();
    }
  });
  return browser;
}
