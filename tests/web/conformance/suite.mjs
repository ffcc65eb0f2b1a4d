// Tells the scenarios to one client, some at a time, as subtests. Which servers they stand on is the caller's matter.
// `COLLOQUY_SCENARIO` is a pattern of the scenarios to tell alone.

import test, { after } from 'node:test';

import { Pool } from './driver.mjs';
import { scenarios } from './scenarios.mjs';
import { Stage } from './stage.mjs';

const CONCURRENCY = 6;
const WITHIN = 60_000;
const chosen = new RegExp(process.env.COLLOQUY_SCENARIO ?? '', 'i');

/**
 * @param {string} title
 * @param {{command?: string[], missing?: string}} adapter of the client
 * @param {object} servers
 * @param {(scenario: object) => string | undefined} [leftOut] why a scenario is not told here
 */
export function conformance(title, { command, missing }, servers, leftOut = () => undefined) {
  if (missing) return void test(title, { skip: missing });
  const pool = new Pool(command);
  after(() => pool.close());
  const all = scenarios
    .flatMap((scenario) => scenario.modes.map((mode) => ({ ...scenario, mode, name: `${scenario.name} [${mode}]` })))
    .filter(({ name }) => chosen.test(name));
  test(title, { concurrency: CONCURRENCY }, (t) =>
    Promise.all(
      all.map((scenario) => {
        const { name, mode, server = 'main', run } = scenario;
        return t.test(name, { timeout: WITHIN, skip: leftOut(scenario) }, async () => {
          const stage = new Stage({ pool, servers, mode });
          let failed = true;
          try {
            await run(await stage.set(server));
            failed = false;
          } finally {
            await stage.end(failed);
          }
        });
      }),
    ),
  );
}
