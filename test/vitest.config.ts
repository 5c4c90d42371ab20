import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './setup/longest-first.ts';

// Where a machine sets it for all, each start of Node reads those certificates first, which takes longer than all else in
// it, and the tests start some thousands. None of them asks a server that such a certificate is for.
delete process.env.NODE_EXTRA_CA_CERTS;

const root = new URL('..', import.meta.url).pathname;

/** What holds for every file of tests. */
const common = {
  root,
  // Kernel tests make namespaces of their own and so bear company; processes, not threads, as namespaces are a process's.
  pool: 'forks',
  testTimeout: 60_000,
  // A file that passes is one line.
  slowTestThreshold: 60_000,
  hookTimeout: 60_000,
} as const;

/**
 * Files that need nothing of the machine share a process, and so the modules that each of them loads: for to start one
 * and load all that takes longer than most of them. One that is added while vitest watches has its own until the next start.
 */
const shared = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((path) => !/describeNeeding|namespace/i.test(readFileSync(join(root, path), 'utf8')));

export default defineConfig({
  root,
  test: {
    // Tests of the kernel wait for most of their time: a worker more than the two cores that CI has keeps those at work.
    maxWorkers: 3,
    globalSetup: ['test/setup/program.ts'],
    slowTestThreshold: common.slowTestThreshold,
    sequence: { sequencer: LongestFirst },
    projects: [
      { root, test: { ...common, name: 'machine', include: ['test/**/*.test.ts'], exclude: shared } },
      { root, test: { ...common, name: 'shared', include: shared, isolate: false } },
    ],
  },
});
