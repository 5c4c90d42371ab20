import { readFileSync } from 'node:fs';
import { lockHolder, takeLock } from '../../src/tools/lock.ts';

/** Takes the lock and looks at it, and whether the kernel's list shows it to this process namespace. */
export async function takeAndLook(directory: string) {
  const before = readFileSync('/proc/locks', 'utf8');
  const lock = await takeLock(directory);
  const listed = readFileSync('/proc/locks', 'utf8') !== before;
  const holder = lockHolder(directory);
  if ('release' in lock) await lock.release();
  return { listed, byItself: holder?.pid === process.pid, after: lockHolder(directory) };
}
