// The accessibility check: axe-core in the page, by the rules of WCAG 2.2 A and AA. A violation fails with what is wrong,
// where, and how to read about it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Waits for what moves to its end: a dialog that is half faded in has half the contrast. */
export function atRest(page) {
  return page.evaluate(async () => {
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
}

/** All violations in the page as it stands, once what moves has come to rest. `rules` switches single rules, as axe has them. */
export async function violations(page, { tags = TAGS, rules = {}, within } = {}) {
  await atRest(page);
  // By the debugger's protocol, which the page's Content-Security-Policy does not see.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`${await source}; undefined`);
  const found = await page.evaluate(
    ([root, runOnly, some]) => window.axe.run(root ?? document, { runOnly, rules: some, resultTypes: ['violations'] }),
    [within ?? null, { type: 'tag', values: tags }, rules],
  );
  return found.violations;
}

/** Fails when there is any violation. */
export async function assertAccessible(page, options = {}) {
  const found = await violations(page, options);
  assert.equal(found.length, 0, `${page.url()} is not accessible:\n${found.map(told).join('\n')}`);
}

function told({ id, impact, help, helpUrl, nodes }) {
  const places = nodes.slice(0, 5).map(({ target, failureSummary }) => `    ${target.join(' ')}\n      ${failureSummary.replaceAll('\n', '\n      ')}`);
  return `  ${id} (${impact}): ${help}, ${helpUrl}\n${places.join('\n')}`;
}
