import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { lockHolder, takeLock, UnsafeDirectory } from '../../src/tools/lock.ts';
import { bundleOf, runInNamespace } from '../support/in-namespace.ts';
import { createNamespace, until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'plt-lock-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test('the second comes away with the pid of the first, until that one releases it', async () => {
  const directory = join(base, 'run', 'plumbline');
  const first = await takeLock(directory);
  if (!('release' in first)) throw new Error('nobody else has it');
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(readdirSync(directory)).toEqual([`lock-${statSync('/proc/self/ns/net').ino}`]);
  expect(await takeLock(directory)).toEqual({ busyPid: process.pid });
  expect(lockHolder(directory)).toEqual({ pid: process.pid });
  await first.release();
  expect(lockHolder(directory)).toBeNull();
  await first.release();
  const third = await takeLock(directory);
  if (!('release' in third)) throw new Error('it was released');
  await third.release();
});

test('a killed holder leaves no lock behind', async () => {
  const holder = spawn(
    process.execPath,
    [
      '--import',
      'data:text/javascript,',
      '-e',
      `import('node:fs').then(({ openSync }) => {
         const { spawnSync } = require('node:child_process');
         const fd = openSync(process.argv[1], 'a+');
         const { status } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
         console.log(status);
         setInterval(() => {}, 1000);
       })`,
      join(base, `lock-${statSync('/proc/self/ns/net').ino}`),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await new Promise((resolve) => holder.stdout?.once('data', resolve));
    expect(await takeLock(base)).toEqual({ busyPid: null });
  } finally {
    holder.kill('SIGKILL');
  }
  await until('the lock is free', async () => {
    const lock = await takeLock(base);
    if (!('release' in lock)) return false;
    await lock.release();
    return true;
  });
});

test('who only looks finds no holder where no run ever was, nor in what a killed one has left', () => {
  expect(lockHolder(join(base, 'nowhere'))).toBeNull();
  const file = join(base, `lock-${statSync('/proc/self/ns/net').ino}`);
  writeFileSync(file, `${process.pid}\n`);
  expect(lockHolder(base)).toBeNull();
});

describeNeeding(['root'], 'a process namespace of our own, as a container has one', () => {
  test('the holder is found by what it has open, for the kernel lists no lock there that flock(1) took', async () => {
    const program = await bundleOf('test/tools/lock-look.ts');
    const { status, output } = spawnSync(
      'unshare',
      ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, program],
      {
        input: serialize({ name: 'takeAndLook', args: [base] }),
        stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
      },
    );
    expect(status).toBe(0);
    expect(deserialize(output[3] ?? Buffer.alloc(0))).toEqual({
      value: { listed: false, byItself: true, after: null },
    });
  });
});

test('a directory in which others can write is refused', async () => {
  chmodSync(base, 0o777);
  await expect(takeLock(base)).rejects.toThrow(UnsafeDirectory);
  await expect(takeLock(base)).rejects.toThrow(/mode 777.*RUNTIME_DIRECTORY/);
});

test('a file that cannot be opened is told with the way out', async () => {
  mkdirSync(join(base, `lock-${statSync('/proc/self/ns/net').ino}`));
  await expect(takeLock(base)).rejects.toThrow(UnsafeDirectory);
  await expect(takeLock(base)).rejects.toThrow(/EISDIR.*RUNTIME_DIRECTORY/);
});

describeNeeding(['root'], 'a full disk', () => {
  test('keeps nobody from the lock: only whose it is cannot be said', async () => {
    const ns = createNamespace();
    onTestFinished(() => ns.remove());
    const locked = await runInNamespace<typeof import('./full-disk.ts'), 'lockTwice'>(
      ns,
      'test/tools/full-disk.ts',
      'lockTwice',
      [base],
    );
    expect(locked).toEqual({ full: true, first: ['release'], second: { busyPid: null } });
  });
});
