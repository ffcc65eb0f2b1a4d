// Which clients there are to be tested, and how their adapters are started. An adapter is a small program of the client's
// own that speaks JSON lines on stdin and stdout; driver.mjs says how.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

const venv = () => process.env.COLLOQUY_PYTHON_VENV ?? join(ROOT, 'target/venv-python');

/** `needs`: what must be there, and how it gets there. */
const KNOWN = {
  js: () => {
    const file = join(ROOT, 'clients/js/tests/conformance-adapter.mjs');
    return { command: [process.execPath, file], needs: [join(ROOT, 'clients/js/node_modules/ws'), 'npm ci in clients/js'] };
  },
  python: () => {
    const python = join(venv(), 'bin/python');
    return { command: [python, join(ROOT, 'clients/python/tests/conformance_adapter.py')], needs: [python, 'clients/python/scripts/test.sh'] };
  },
};

/**
 * The adapters that `COLLOQUY_CONFORMANCE` names, or all: [{name, command}], and [{name, missing}] for one that nobody named
 * and that lacks what it needs. `COLLOQUY_ADAPTER_JS`, `COLLOQUY_ADAPTER_PYTHON`: another command line, split at spaces.
 */
export function adapters(env = process.env) {
  const named = env.COLLOQUY_CONFORMANCE?.split(',').map((name) => name.trim()).filter(Boolean);
  const unknown = named?.find((name) => !(name in KNOWN));
  if (unknown) throw new Error(`no such client: ${unknown} (COLLOQUY_CONFORMANCE takes ${Object.keys(KNOWN).join(', ')})`);
  const wanted = Object.keys(KNOWN).filter((name) => !named || named.includes(name));
  return wanted.map((name) => {
    const other = env[`COLLOQUY_ADAPTER_${name.toUpperCase()}`];
    if (other) return { name, command: other.split(' ').filter(Boolean) };
    const { command, needs: [needed, by] } = KNOWN[name]();
    if (existsSync(needed)) return { name, command };
    if (named) throw new Error(`the adapter of ${name} lacks ${needed}; it comes by ${by}`);
    return { name, missing: `it lacks what ${by} brings` };
  });
}
