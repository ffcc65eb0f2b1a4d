// Every client passes the one list of scenarios against the real server. `COLLOQUY_CONFORMANCE` names clients.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';

import { adapters } from './adapters.mjs';
import { scenarios } from './scenarios.mjs';
import { Servers } from './stage.mjs';
import { conformance } from './suite.mjs';

const servers = new Servers();
after(() => servers.close());

test('names of scenarios are told once', () => {
  assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
});

for (const adapter of adapters()) conformance(`the ${adapter.name} client`, adapter, servers);
