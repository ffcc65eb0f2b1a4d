// The mock server is as true as the scenarios can tell: clients pass them against it too. A scenario that cannot be told
// there says why (`notMocked`).

import { after } from 'node:test';

import { adapters } from './adapters.mjs';
import { Mocks } from './stage.mjs';
import { conformance } from './suite.mjs';

const mocks = new Mocks();
after(() => mocks.close());

for (const adapter of adapters()) conformance(`the ${adapter.name} client and the mock server`, adapter, mocks, ({ notMocked }) => notMocked);
