// The listings of a document under docs/, as modules that can be run. A listing is all blocks of one fence (`js bare`) in their
// order; what a reader would install by name is found in this repository.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const PACKAGES = {
  colloquy: join(ROOT, 'clients/js/colloquy/index.js'),
  'colloquy/mock': join(ROOT, 'clients/js/mock/index.js'),
};

/** The text of a listing. */
export async function listing(document, fence) {
  const lines = (await readFile(join(ROOT, 'docs', document), 'utf8')).split('\n');
  const found = [];
  let inside = false;
  for (const line of lines) {
    if (inside && line === '```') inside = false;
    else if (inside) found.push(line);
    else inside = line === `\`\`\`${fence}`;
  }
  if (found.length === 0) throw new Error(`docs/${document} has no listing \`${fence}\``);
  return `${found.join('\n')}\n`;
}

/** The listing as a module. */
export async function moduleOf(document, fence) {
  const text = (await listing(document, fence)).replace(/from '([^']+)'/g, (whole, name) => {
    if (!PACKAGES[name]) throw new Error(`a listing imports ${name}, which is not known here`);
    return `from '${pathToFileURL(PACKAGES[name])}'`;
  });
  const folder = await mkdtemp(join(tmpdir(), 'colloquy-listing-'));
  try {
    const file = join(folder, 'listing.mjs');
    await writeFile(file, text);
    return await import(pathToFileURL(file));
  } finally {
    await rm(folder, { recursive: true });
  }
}
