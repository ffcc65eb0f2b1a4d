// Faults are planted between a client and the driver: a list of scenarios that does not notice them would prove nothing.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { adapters } from './adapters.mjs';
import { Pool } from './driver.mjs';
import { scenarios } from './scenarios.mjs';
import { Mocks, Stage } from './stage.mjs';

const TAMPER = fileURLToPath(new URL('tamper.mjs', import.meta.url));
const mocks = new Mocks();
after(() => mocks.close());

/** Which fault, and a scenario that must fall over it. */
const PLANTED = [
  ['lose', 'the first connection brings what is posted, live and in order'],
  ['double', 'the first connection brings what is posted, live and in order'],
  ['swap', 'the first connection brings what is posted, live and in order'],
  ['lose', 'after a connection is cut by rst, what was posted meanwhile arrives, each once and in order'],
  ['after-the-end', 'a revocation is the last event, the channel ends, and nothing is tried again'],
  ['send-twice', 'what was sent offline goes in order when the network is back, each exactly once'],
];

const adapter = adapters().find(({ command }) => command);

for (const [fault, name] of PLANTED) {
  test(`a client that would ${fault} fails where "${name}"`, { skip: adapter ? false : 'there is no client' }, async (t) => {
    const pool = new Pool([process.execPath, TAMPER, fault, ...adapter.command]);
    const scenario = scenarios.find((one) => one.name === name);
    const stage = new Stage({ pool, servers: mocks, mode: 'shared', quiet: true });
    t.after(async () => {
      await stage.end(true);
      await pool.close();
    });
    await stage.set('main');
    await assert.rejects(scenario.run(stage));
  });
}
