// Texts that would like to be programs, addresses that would like to lead elsewhere, and the watch over a person's pages: nothing
// ran, nothing was asked for from outside, nobody was led away. What is done with them: hostile.test.mjs, hostile-typed.test.mjs.

import assert from 'node:assert/strict';

const RUN = 'window.__ran=1';
export const PAYLOADS = [
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
  `[press]: javascript:${RUN}\n\n[press]`,
  '```html\n<img src=x onerror=' + RUN + '>\n```',
  `<style>@import "https://outside.invalid/x.css"; * { display: none }</style>`,
  `<link rel=stylesheet href=https://outside.invalid/x.css>`,
  `<meta http-equiv=refresh content="0;url=https://outside.invalid/">`,
  `{{constructor.constructor('${RUN}')()}}`,
  `\u202E<b onclick=${RUN}>\u0301\u0301\u0301</b>`,
  `javascript:${RUN}//`,
];

/** Links that are as they should be, beside those that are not. */
export const LINKS = '[web](https://ok.invalid/page) [mail](mailto:ann@ok.invalid) [path](/console/bots) [bare](//outside.invalid/)\n\nhttps://ok.invalid/bare';

/** Where an address would lead that is taken too literally. */
export const AWAY = [
  'https://outside.invalid/', '//outside.invalid/', '/\\outside.invalid/', '\\\\outside.invalid\\', '/\t/outside.invalid/', ' //outside.invalid/', '/%2Foutside.invalid/',
  '/a/../..//outside.invalid/', '/..//outside.invalid/', '/bots/../../api/auth/me', '@outside.invalid/', '.outside.invalid/', ':80@outside.invalid/', `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}`, `\u0001javascript:${RUN}`, `data:text/html,<script>${RUN}</script>`, 'blob:https://outside.invalid/x', 'file:///etc/passwd', '/sign-in?next=//outside.invalid/', `/bots#${RUN}`,
];

/** Fields of one line take no line feed, and names have a bound. */
export const line = (text, most = 200) => text.replaceAll('\n', ' ').slice(0, most);

/** In names and titles the server refuses marks that turn the direction of what follows. */
export const named = (text, most) => line(text.replaceAll('\u202E', ''), most);

/** Watches over all pages of a person from now on; the kit collects errors and breaches of the policy. */
export async function guard({ visitor, name }, url) {
  const outside = [];
  const opened = [];
  visitor.context.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !/^(data|blob|about):/.test(request.url())) outside.push(request.url());
  });
  visitor.context.on('page', async (page) => { if (await page.opener()) opened.push(page.url()); });
  // What ran and led away at once is told too.
  await visitor.context.addInitScript(() => {
    let ran;
    Object.defineProperty(window, '__ran', { get: () => ran, set: (value) => { ran = value; console.error('a text ran as a program'); } });
  });
  return async (where, page = visitor.page) => {
    assert.equal(await page.evaluate(() => window.__ran), undefined, `something ran for ${name} at ${where}`);
    assert.ok(page.url().startsWith(`${url}/console/`), `${name} was led from ${where} to ${page.url()}`);
    assert.deepEqual([outside, opened, visitor.problems], [[], [], []], `asked for outside, opened, and wrong for ${name} at ${where}`);
  };
}

/** Does the work for each of them, on some tabs at a time. */
export async function onTabs(visitor, list, work, tabs = 3) {
  const left = [...list];
  await Promise.all(Array.from({ length: tabs }, async () => {
    const page = await visitor.tab();
    while (left.length > 0) await work(page, left.shift());
    await page.close();
  }));
}

/** Arrives at an address as the console's own history would, without a new document. */
export function arrive(page, path) {
  return page.evaluate((to) => {
    history.pushState({}, '', `/console${to}`);
    dispatchEvent(new PopStateEvent('popstate'));
  }, path);
}
