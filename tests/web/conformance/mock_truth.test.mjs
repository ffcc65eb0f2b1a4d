// One story told to the real server and to the mock server, over REST and bare sockets: what both answer and send must be
// the same, but for ids, times and what a mock cannot know (the words of an answer, how a document is read).

import assert from 'node:assert/strict';
import test, { after } from 'node:test';

import { Mocks, Servers } from './stage.mjs';
import { tell } from './story.mjs';

const [servers, mocks] = [new Servers(), new Mocks()];
after(() => Promise.all([servers.close(), mocks.close()]));

/** What differs, one line for each side. */
function differences(what, real, mock) {
  const [one, other] = [JSON.stringify(real), JSON.stringify(mock)];
  return one === other ? [] : [`${what}\n    real ${one}\n    mock ${other}`];
}

test('a story on the mock server is the story on the real one', async () => {
  const [real, mock] = await Promise.all([tell(await servers.get('main'), 'story'), tell(await mocks.get('main'), 'story')]);
  const wrong = real.steps.flatMap(([what, answer], n) => differences(`step "${what}"`, answer, mock.steps[n]?.[1]));
  for (const [socket, frames] of Object.entries(real.sent)) {
    const mocked = mock.sent[socket] ?? [];
    for (let n = 0; n < Math.max(frames.length, mocked.length); n++) wrong.push(...differences(`frame ${n} of ${socket}`, frames[n], mocked[n]));
  }
  wrong.push(...differences('closes', real.closes, mock.closes));
  assert.ok(real.steps.length > 40 && real.sent.chat.length > 15);
  assert.equal(wrong.length, 0, wrong.join('\n'));
});
