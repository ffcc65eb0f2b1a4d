// The console's own drawing (console/lib/dom.js): whatever was there before, the page looks as if drawn from nothing, and
// every part that goes has been told so. In a real browser, since it stands on the real DOM.

import assert from 'node:assert/strict';
import test from 'node:test';

import { browserFor } from '../kit/browser.mjs';
import { serverFor } from '../kit/server.mjs';

/** Runs in the page: draws one random tree after the other into one place, and each also into a fresh one. */
async function drawMany(seed, rounds) {
  const { h, render, unmount } = await import('/console/lib/dom.js');
  let state = seed;
  const random = (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % n;
  };
  let made = 0;
  let disposed = 0;
  const Part = (self) => {
    made += 1;
    self.dispose(() => { disposed += 1; });
    return ({ id, version, big }) => (big ? h('b', { 'data-id': id }, `part ${version}`) : h('i', null, [h('u', null, id), version]));
  };
  const item = (id, version, depth) => [
    () => h('li', { key: id, class: `c${version}`, title: version % 2 ? 'odd' : undefined }, `item ${version}`, depth > 0 && tree(depth - 1)),
    () => h(Part, { key: id, id, version, big: version % 2 === 0 }),
    () => h('p', { key: id }, version % 3 === 0 && 'sometimes', h('em', null, version), version % 2 === 0 && h('s', null, 'end')),
    () => h('span', { key: id, style: { '--x': String(version) } }, [['nested', [version]], null, true]),
  ][id % 4]();
  const tree = (depth) => {
    const ids = [...new Set(Array.from({ length: random(9) }, () => random(14)))];
    const before = random(3) === 0 && h('header', null, `head ${random(3)}`);
    return h('ul', null, before, ids.map((id) => item(id, random(4), depth)), random(2) === 0 ? `text ${random(3)}` : h('footer', null, 'foot'));
  };
  const place = document.createElement('div');
  document.body.append(place);
  for (let round = 0; round < rounds; round += 1) {
    const start = state;
    render(tree(2), place);
    state = start;
    const fresh = document.createElement('div');
    render(tree(2), fresh);
    if (place.innerHTML !== fresh.innerHTML) return { round, drawn: place.innerHTML, wanted: fresh.innerHTML };
    unmount(fresh);
  }
  unmount(place);
  return { made, disposed, left: place.innerHTML };
}

test('whatever was drawn before, the page looks as if drawn from nothing', { timeout: 60_000 }, async (t) => {
  const server = await serverFor(t);
  const browser = await browserFor(t);
  const { page } = await browser.visitor('ann', server.url);
  await page.goto('/console/sign-in');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const seed = Math.floor(Math.random() * 2 ** 31);
  const result = await page.evaluate(`(${drawMany})(${seed}, 1500)`);
  assert.equal(result.drawn, result.wanted, `round ${result.round} of seed ${seed}`);
  assert.ok(result.made > 1000, 'parts were drawn');
  assert.equal(result.disposed, result.made, 'every part that went was told so');
  assert.equal(result.left, '');
});

test('a field keeps its focus and what was typed while rows around it come, go and change places', { timeout: 60_000 }, async (t) => {
  const server = await serverFor(t);
  const browser = await browserFor(t);
  const { page } = await browser.visitor('ann', server.url);
  await page.goto('/console/sign-in');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const seen = await page.evaluate(async () => {
    const { h, render } = await import('/console/lib/dom.js');
    const place = document.createElement('div');
    document.body.append(place);
    const draw = (ids) => render(h('ul', null, ids.map((id) => h('li', { key: id }, h('input', { 'aria-label': id })))), place);
    draw(['a', 'b', 'c']);
    const field = place.querySelector('[aria-label=b]');
    field.focus();
    field.value = 'typed';
    field.setSelectionRange(2, 2);
    draw(['c', 'x', 'b', 'a', 'y']);
    draw(['b', 'y', 'c']);
    return { same: document.activeElement === field, value: field.value, caret: field.selectionStart, order: place.innerText, rows: [...place.querySelectorAll('input')].map((i) => i.ariaLabel) };
  });
  assert.deepEqual(seen, { same: true, value: 'typed', caret: 2, order: seen.order, rows: ['b', 'y', 'c'] });
});
