// Stands between the driver and an adapter and does one thing wrong: `node tamper.mjs FAULT COMMAND …`.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const [fault, program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
const tell = (line) => process.stdout.write(`${line}\n`);

/** Events with a number, counted; the fault happens at the fifth one. */
let count = 0;
let held = null;
let last = null;

function tampered(line) {
  const said = JSON.parse(line);
  if (fault === 'after-the-end' && said.event === 'channel' && said.state === 'ended' && last) {
    const { frame } = last;
    return [line, JSON.stringify({ ...last, frame: { ...frame, seq: frame.seq + 1 } })];
  }
  if (said.event !== 'frame' || !Number.isInteger(said.frame.seq) || said.frame.type === 'pong') return [line];
  last = said;
  count += 1;
  if (fault === 'lose' && count === 5) return [];
  if (fault === 'double' && count === 5) return [line, line];
  if (fault === 'swap' && count === 5) {
    held = line;
    return [];
  }
  const lines = held ? [line, held] : [line];
  held = null;
  return lines;
}

createInterface({ input: child.stdout }).on('line', (line) => tampered(line).forEach(tell));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    child.stdin.write(`${line}\n`);
    // The answer to the second one has an id that nobody waits for.
    if (fault === 'send-twice' && JSON.parse(line).do === 'send') child.stdin.write(`${JSON.stringify({ ...JSON.parse(line), id: -1 })}\n`);
  })
  .on('close', () => child.stdin.end());
child.on('exit', () => process.exit(0));
