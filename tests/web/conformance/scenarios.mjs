// The one list of what every client must do. A scenario is a sentence and a story over a stage (stage.mjs) and the client
// that is driven (driver.mjs). `modes`: for which ways of connecting it is told; `server`: which settings it needs; `notMocked`: why
// it cannot be told to the mock server.

import { fallback } from './scenarios/fallback.mjs';
import { network } from './scenarios/network.mjs';
import { outbox } from './scenarios/outbox.mjs';
import { rights } from './scenarios/rights.mjs';
import { signals } from './scenarios/signals.mjs';
import { streams } from './scenarios/streams.mjs';

export const scenarios = [...streams, ...rights, ...network, ...fallback, ...outbox, ...signals];
