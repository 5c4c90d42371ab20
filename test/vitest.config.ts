import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/**/*.test.ts'],
    // Kernel tests make namespaces of their own and so bear company; processes, not threads, as namespaces are a process's.
    pool: 'forks',
    // Tests of the kernel wait for most of their time: a worker more than the two cores that CI has keeps those at work.
    maxWorkers: 3,
    globalSetup: ['test/setup/program.ts'],
    testTimeout: 60_000,
    // A file that passes is one line.
    slowTestThreshold: 60_000,
    hookTimeout: 60_000,
  },
});
