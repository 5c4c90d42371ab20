import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Step } from '../../src/model/step.ts';
import { executeSteps } from '../../src/run/execute.ts';

test('a tool that does not end in its time fails its own step, and what waits for that', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'plh-'));
  const began = join(directory, 'began');
  writeFileSync(join(directory, 'nft'), `#!/bin/sh\n: > ${began}\nexec sleep 600\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${directory}:${process.env.PATH ?? ''}`);
  // Only the limit passes quickly; the processes, and whoever waits for them, live in real time.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const minute = setInterval(() => {
    if (existsSync(began)) vi.advanceTimersByTime(60_000);
  }, 20);
  onTestFinished(() => {
    clearInterval(minute);
    vi.useRealTimers();
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });

  const rules: Step = {
    key: 'rules',
    change: 'firewall:host',
    after: [],
    tool: 'nft',
    op: { do: 'remove', owner: 'host' },
  };
  const outcomes = await executeSteps(
    [
      rules,
      { key: 'waits', change: 'link:waits', after: ['rules'], tool: 'sysctl', writes: [] },
      { key: 'other', change: 'link:other', after: [], tool: 'sysctl', writes: [] },
    ],
    {
      env: { RUNTIME_DIRECTORY: directory, STATE_DIRECTORY: directory },
      stop: () => false,
      onProgress: () => {},
    },
  );
  expect(Object.fromEntries(outcomes)).toEqual({
    'firewall:host': {
      result: 'failed',
      message: 'nft did not end within 60 s and was stopped',
    },
    'link:waits': { result: 'skipped', message: 'needs host, which failed' },
    'link:other': { result: 'done', message: null },
  });
});
