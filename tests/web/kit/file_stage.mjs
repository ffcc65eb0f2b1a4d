// One server, one browser and one cast for all tests of a file. Where a test stops or harms its server, it has one of its own
// (`serverFor`, `browserFor`).

import { after, before } from 'node:test';

import { Browser } from './browser.mjs';
import { Model } from './model.mjs';
import { cast } from './people.mjs';
import { startServer } from './server.mjs';

/**
 * Filled before the first test: `server`, `browser`, the people of `cast`, and what `furnish(stage)` returns. `model`: a model server that
 * answers as it is told. `first(url)`: before the cast registers, so for the account that runs the server.
 */
export function stageOfFile({ model = false, first, furnish } = {}) {
  const stage = {};
  before(async () => {
    if (model) stage.model = await Model.start();
    stage.server = await startServer({ settings: stage.model?.settings });
    stage.browser = await Browser.launch();
    stage.first = await first?.(stage.server.url);
    Object.assign(stage, await cast(stage.server.url, { plain: true }));
    Object.assign(stage, await furnish?.(stage));
  });
  after(async () => {
    try {
      await stage.browser?.leave();
    } finally {
      await stage.browser?.close();
      await stage.server?.close();
      await stage.model?.close();
    }
  });
  return stage;
}
