import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeDirectory } from './directories.ts';
import { makePrivateDirectory } from './private-directory.ts';

/**
 * A file that says only that this host has served a network since it was booted: that rules of ours may stand is not to
 * be seen at a look on links. Without it the next run is as right, and looks less (invariant 1).
 */
function markPath(env: NodeJS.ProcessEnv): string {
  return join(runtimeDirectory(env), 'served');
}

export function hasServed(env: NodeJS.ProcessEnv): boolean {
  return existsSync(markPath(env));
}

/** Before the first rule is set or service started. */
export function markServed(env: NodeJS.ProcessEnv): void {
  makePrivateDirectory(runtimeDirectory(env));
  writeFileSync(markPath(env), '', { mode: 0o600 });
}

export function forgetServed(env: NodeJS.ProcessEnv): void {
  rmSync(markPath(env), { force: true });
}
