import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../../src/tools/lock.ts';

/**
 * Takes the lock twice in a file system in which no byte is free. To be called in a namespace of `ip netns exec`, whose
 * mounts nobody else sees and which end with the process.
 */
export async function lockTwice(directory: string) {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'plumbline-test', directory]);
  const runtime = join(directory, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  let full = false;
  try {
    writeFileSync(join(directory, 'all'), Buffer.alloc(128 * 1024));
  } catch {
    full = true;
  }
  const first = await takeLock(runtime);
  const second = await takeLock(runtime);
  if ('release' in first) await first.release();
  return { full, first: Object.keys(first), second };
}
