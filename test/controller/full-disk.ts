import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { goodStore, NotKept } from '../../src/controller/good.ts';
import type { Snapshot } from '../../src/controller/words.ts';

/**
 * Keeps one snapshot, then another, in a file system of 64 KiB. To be called in a namespace of `ip netns exec`, whose
 * mounts nobody else sees and which end with the process.
 */
export async function keepTwo(directory: string, first: Snapshot, second: Snapshot) {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'plumbline-test', directory]);
  const store = goodStore(directory, () => {});
  await store.save(first);
  const error = await store.save(second).then(
    () => null,
    (reason: unknown) =>
      reason instanceof NotKept ? { code: reason.code, message: reason.message } : { reason },
  );
  return { error, kept: await store.load(), files: readdirSync(directory) };
}
