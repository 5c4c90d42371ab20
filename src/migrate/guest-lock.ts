import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { requirePrivate } from '../tools/lock.ts';
import { runTool } from '../tools/spawn.ts';

/** flock(1): what `-n` exits with when another has the lock. */
const BUSY = 75;

export interface GuestLock {
  /** To be given to the command, so that the lock lasts as long as that, whatever becomes of us: flock(2). */
  descriptor: number;
  release(): void;
}

/** One move of a guest at a time on this machine; null while there is another. Throws UnsafeDirectory. */
export async function lockGuest(directory: string, guest: string): Promise<GuestLock | null> {
  requirePrivate(directory);
  const path = join(directory, `migrate-${guest}.lock`);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  const words = ['-n', '-E', String(BUSY), '3'];
  const { exitCode, stderr } = await runTool('flock', words, {
    inherit: descriptor,
    timeoutMs: 10_000,
    harmless: true,
  });
  if (exitCode === 0) return { descriptor, release: () => closeSync(descriptor) };
  closeSync(descriptor);
  if (exitCode === BUSY) return null;
  throw new Error(`cannot lock ${path}: ${stderr.trim()}`);
}
