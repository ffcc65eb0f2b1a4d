// What the tests of a bot's pages share: a person who stands on one of them, signed in through the form as anybody would.

import { assertAccessible } from '../kit/axe.mjs';

/** Signs in and goes to a path of the console. Resolves to the visitor. */
export async function visit(browser, server, person, path, context) {
  const visitor = await browser.visitor(person.username, server.url, context);
  const { page } = visitor;
  await page.goto(`/console/sign-in?next=${encodeURIComponent(path)}`);
  await page.getByLabel('User name or e-mail').fill(person.username);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`**/console${path}`);
  await page.getByRole('navigation', { name: /^Parts of/ }).first().waitFor();
  return visitor;
}

/** The row of a list that names this. */
export function row(page, name) {
  return page.getByRole('listitem').filter({ hasText: name });
}

/** Chooses from a menu of the page. */
export async function choose(page, menu, item) {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

/** Waits until it is seen. */
export function sees(page, text) {
  return page.getByText(text).first().waitFor();
}

/** Nothing on the page is in anybody's way. */
export function assertGood(visitor, options) {
  return assertAccessible(visitor.page, options);
}
