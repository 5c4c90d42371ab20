import { hash } from 'node:crypto';
import type { Snapshot } from './words.ts';

/** What tells one state of the documents from another: the commit; of a working tree, a hash of its texts and `wrong`, what could not be read. */
export function textsId({ revision, files }: Snapshot, wrong: readonly unknown[] = []): string {
  if (revision !== null) return revision;
  const sorted = Object.keys(files).sort();
  const read = sorted.map((file) => [file, files[file]]);
  return `files:${hash('sha256', JSON.stringify([read, wrong]), 'hex')}`;
}
