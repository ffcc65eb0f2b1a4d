// Every client passes the one list of scenarios against the real server. `COLLOQUY_CONFORMANCE` names clients, and
// `COLLOQUY_SCENARIO` is a pattern of the scenarios to tell alone.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';

import { adapters } from './adapters.mjs';
import { Pool } from './driver.mjs';
import { scenarios } from './scenarios.mjs';
import { Servers, Stage } from './stage.mjs';

const CONCURRENCY = 6;
const WITHIN = 60_000;
const chosen = new RegExp(process.env.COLLOQUY_SCENARIO ?? '', 'i');
const servers = new Servers();
after(() => servers.close());

test('names of scenarios are told once', () => {
  assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
});

for (const { name: client, command } of adapters()) {
  const pool = new Pool(command);
  after(() => pool.close());
  test(`the ${client} client`, { concurrency: CONCURRENCY }, async (t) => {
    const all = scenarios
      .flatMap((scenario) => scenario.modes.map((mode) => ({ ...scenario, mode, name: `${scenario.name} [${mode}]` })))
      .filter(({ name }) => chosen.test(name));
    await Promise.all(
      all.map(({ name, mode, server = 'main', run }) =>
        t.test(name, { timeout: WITHIN }, async () => {
          const stage = new Stage({ pool, servers, mode });
          let failed = true;
          try {
            await run(await stage.set(server));
            failed = false;
          } finally {
            await stage.end(failed);
          }
        }),
      ),
    );
  });
}
