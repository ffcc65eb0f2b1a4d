// Which clients there are to be tested, and how their adapters are started. An adapter is a small program of the client's
// own that speaks JSON lines on stdin and stdout; driver.mjs says how.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

const python = () => [join(ROOT, 'target/venv-python/bin/python')].find(existsSync) ?? 'python3';

const KNOWN = {
  js: { file: join(ROOT, 'clients/js/tests/conformance-adapter.mjs'), command: (file) => [process.execPath, file] },
  python: { file: join(ROOT, 'clients/python/tests/conformance_adapter.py'), command: (file) => [python(), file] },
};

/**
 * The adapters that `COLLOQUY_CONFORMANCE` names, or all that are there: [{name, command}].
 * `COLLOQUY_ADAPTER_JS`, `COLLOQUY_ADAPTER_PYTHON`: another command line, split at spaces.
 */
export function adapters(env = process.env) {
  const named = env.COLLOQUY_CONFORMANCE?.split(',').map((name) => name.trim()).filter(Boolean);
  const unknown = named?.find((name) => !(name in KNOWN));
  if (unknown) throw new Error(`no such client: ${unknown} (COLLOQUY_CONFORMANCE takes ${Object.keys(KNOWN).join(', ')})`);
  return Object.entries(KNOWN).flatMap(([name, { file, command }]) => {
    if (named && !named.includes(name)) return [];
    const other = env[`COLLOQUY_ADAPTER_${name.toUpperCase()}`];
    if (other) return [{ name, command: other.split(' ').filter(Boolean) }];
    if (existsSync(file)) return [{ name, command: command(file) }];
    if (named) throw new Error(`the adapter of ${name} is not there: ${file}`);
    return [];
  });
}
