import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The machine's own `ip`, whatever a test puts before it in PATH. */
export function ipProgram(): string {
  const directories = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/sbin',
    '/usr/bin',
    '/bin',
  ];
  for (const directory of directories) {
    const path = join(directory, 'ip');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  throw new Error('ip is not installed');
}

/**
 * A PATH in which `ip` is a script around the real one, so that something can happen at an exact moment of a run: no
 * mock, for the real one does the work. In `body`, `$REAL` is the real program, `$N` counts the calls from 1, `$BATCH`
 * is 1 in an `ip -batch`, `$B` counts those, and $PPID is plumbline. Without a word in it that ends the script, the
 * real one is run after it with the same arguments.
 */
export function wrapIp(directory: string, name: string, body: string): { PATH: string } {
  const bin = join(directory, name);
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'ip'),
    `#!/bin/sh
REAL=${ipProgram()}
count() { n=$(cat "${bin}/$1" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "${bin}/$1"; echo $n; }
N=$(count calls)
BATCH=0 B=0
for word in "$@"; do [ "$word" = -batch ] && BATCH=1; done
[ $BATCH = 1 ] && B=$(count batches)
${body}
exec "$REAL" "$@"
`,
    { mode: 0o755 },
  );
  return { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
}
