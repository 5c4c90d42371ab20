import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  guardRun,
  probeProblems,
  retryDelayMs,
  safetyTimeoutMs,
} from '../../../src/controller/safety/guard-run.ts';
import { trialStore } from '../../../src/controller/safety/trial.ts';
import { scratch, writeFiles } from '../../support/desired-directory.ts';

async function listen(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

const closed = (server: Server) => new Promise((done) => server.close(done));

describe('a guarded run', () => {
  it('is well when what passed before passes after, whatever failed already', async () => {
    const { port } = await listen();
    const dead = await listen();
    await closed(dead.server);
    const probes = [{ tcp: `127.0.0.1:${port}` }, { tcp: `127.0.0.1:${dead.port}` }];
    const begun: unknown[] = [];
    const guarded = await guardRun(
      { probes, timeoutMs: 0, onBegin: (passed) => begun.push(passed) },
      async () => 7,
    );
    expect(guarded).toEqual({ outcome: 7, verdict: { is: 'ok' } });
    expect(begun).toEqual([[probes[0]]]);
  });

  it('has failed when one that passed does not come back in time', async () => {
    const { server, port } = await listen();
    const probe = { tcp: `127.0.0.1:${port}` };
    const { verdict } = await guardRun({ probes: [probe], timeoutMs: 600 }, () => closed(server));
    expect(verdict).toMatchObject({ is: 'failed', failing: [{ probe, message: 'ECONNREFUSED' }] });
    const problems = verdict.is === 'failed' ? probeProblems(verdict.failing, 600) : [];
    expect(problems.map(({ message }) => message)).toEqual([
      `tcp 127.0.0.1:${port} passed before this revision was applied and failed for 0.6 s after it: ECONNREFUSED`,
    ]);
  });

  it('waits for one that comes back', async () => {
    const { server, port } = await listen();
    const { verdict } = await guardRun(
      { probes: [{ tcp: `127.0.0.1:${port}` }], timeoutMs: 60_000 },
      async () => {
        await closed(server);
        setTimeout(() => void listen(port), 700);
      },
    );
    expect(verdict).toEqual({ is: 'ok' });
  });

  it('is neither when its wait is ended', async () => {
    const { server, port } = await listen();
    const end = new AbortController();
    const options = { probes: [{ tcp: `127.0.0.1:${port}` }], timeoutMs: 600_000, signal: end.signal };
    const { verdict } = await guardRun(options, async () => {
      await closed(server);
      end.abort();
    });
    expect(verdict.is).toBe('interrupted');
  });
});

describe('a trial', () => {
  it('stands until it is ended, and nothing else passes for one', () => {
    const directory = scratch();
    const store = trialStore(directory);
    expect(store.unfinished()).toBe(null);
    const trial = {
      id: 'abc',
      revision: 'abc',
      shape: 'xyz',
      passed: [{ ping: '192.0.2.1' }, { tcp: 'a.example:22' }],
      timeoutMs: 5000,
      allowRecreate: true,
    };
    store.begin(trial);
    expect(trialStore(directory).unfinished()).toEqual(trial);
    store.end();
    expect(store.unfinished()).toBe(null);
    for (const text of ['', '[]', '{"passed":[]}', 'no json']) {
      writeFiles(directory, { 'trial.json': text });
      expect(store.unfinished()).toBe(null);
    }
    writeFiles(directory, {
      'trial.json': '{"revision":null,"timeoutMs":1,"passed":[{"ping":"-f"},{"tcp":"x"},{"tcp":"x:1"},7]}',
    });
    expect(store.unfinished()).toEqual({
      id: '',
      revision: null,
      shape: '',
      timeoutMs: 1,
      passed: [{ tcp: 'x:1' }],
      allowRecreate: false,
    });
  });
});

it('the delays of new attempts double from a minute to an hour', () => {
  expect([1, 2, 3].map(retryDelayMs)).toEqual([60_000, 120_000, 240_000]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (failures) => {
      expect(retryDelayMs(failures)).toBeLessThanOrEqual(3_600_000);
      expect(retryDelayMs(failures + 1)).toBeGreaterThanOrEqual(retryDelayMs(failures));
    }),
  );
});

it('reads the documents’ timeout', () => {
  const of = (timeout?: string) =>
    safetyTimeoutMs({ probes: [], ...(timeout === undefined ? {} : { timeout }) });
  expect([of(), of('5s'), of('2m'), of('10m')]).toEqual([30_000, 5000, 120_000, 600_000]);
});
