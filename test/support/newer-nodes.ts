import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where `npm test` puts later Nodes than the one that runs the tests: test/runner/newer-nodes.mjs. */
const NODES = resolve('node_modules/.cache/plumbline-nodes');

/** By what each is called there, the program. */
export function newerNodes(): [name: string, program: string][] {
  if (!existsSync(NODES)) return [];
  const names = readdirSync(NODES).filter((name) => name.startsWith('node-'));
  return names.sort().map((name) => [name, join(NODES, name, 'bin/node')]);
}
