import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles } from '../../support/desired-directory.ts';

/** Has /proc below `root` show a process: in our network namespace, or in another. */
export function showService(root: string, comm: string, where: 'here' | 'elsewhere'): void {
  writeFiles(root, { 'proc/812/comm': `${comm}\n` });
  for (const [pid, namespace] of [
    ['self', 'net:[1]'],
    ['812', where === 'here' ? 'net:[1]' : 'net:[2]'],
  ] as const) {
    mkdirSync(join(root, 'proc', pid, 'ns'), { recursive: true });
    symlinkSync(namespace, join(root, 'proc', pid, 'ns/net'));
  }
}
