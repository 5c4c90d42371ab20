import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What an apply does without deciding anything: texts are read and hashed, what was parsed of them is taken from the
 * cache, the host is read, batches are run, and the host is read again. How far an apply is from this is our own doing; how far this
 * is from the bare batch is the price of Node, of looking before and after, and of making links so that a kill leaves none
 * without an owner.
 *
 * `least.js TEXTS CACHE SCRATCH BATCH…`: a folder of texts, a file of the cache, a file to write, files for `ip -batch`.
 */
const [texts = '', cache = '', scratch = '', ...batches] = process.argv.slice(2);

const before = readHost();
for (const name of readdirSync(texts))
  createHash('sha256')
    .update(readFileSync(join(texts, name)))
    .digest();
const stored = readFileSync(cache, 'utf8');
JSON.parse(stored.slice(stored.indexOf('\n')));
JSON.parse(await before);
for (const file of batches) {
  await run('setpriv', ['--pdeathsig', 'KILL', '--', 'ip', '-force', '-batch', file]);
}
JSON.parse(await readHost());

/** Through a file, as pipes make the tool wait for us. */
async function readHost(): Promise<string> {
  await run('ip', ['-N', '-j', '-d', 'addr', 'show']);
  return readFileSync(scratch, 'utf8');
}

async function run(tool: string, args: readonly string[]): Promise<void> {
  const output = openSync(scratch, 'w');
  try {
    const child = spawn(tool, args, { stdio: ['ignore', output, 'inherit'] });
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
  } finally {
    closeSync(output);
  }
}
