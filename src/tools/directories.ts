import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** What survives a reboot; nothing in it is needed for the next run to be right (invariant 1). */
export function stateDirectory(env: Environment = process.env): string {
  const given = systemdDirectory(env.STATE_DIRECTORY);
  if (given !== null) return given;
  if (isRoot()) return '/var/lib/plumbline';
  return join(absolute(env.XDG_STATE_HOME) ?? join(homedir(), '.local', 'state'), 'plumbline');
}

/** What a reboot may take: the lock. */
export function runtimeDirectory(env: Environment = process.env): string {
  const given = systemdDirectory(env.RUNTIME_DIRECTORY);
  if (given !== null) return given;
  if (isRoot()) return '/run/plumbline';
  const runtime = absolute(env.XDG_RUNTIME_DIR);
  // A session without logind has none; the state directory is the user's own as well.
  return runtime === null ? join(stateDirectory(env), 'run') : join(runtime, 'plumbline');
}

/** What may vanish at any time: parsed documents. */
export function cacheDirectory(env: Environment = process.env): string {
  return systemdDirectory(env.CACHE_DIRECTORY) ?? join(stateDirectory(env), 'cache');
}

/** systemd.exec(5): several directories of a unit are separated by colons. */
function systemdDirectory(value: string | undefined): string | null {
  return absolute(value?.split(':')[0]);
}

/** The XDG base directory specification: a relative path is invalid and to be ignored. */
function absolute(value: string | undefined): string | null {
  return value?.startsWith('/') ? value : null;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
