import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programFile } from '../support/program.ts';
import type { LiveHost } from './live-host.ts';

/** Where `plumbline` is on each host. */
export const PLUMBLINE = '/run/bin/plumbline';

/** Installs the built program on a host, with what is this host's alone in its environment. */
export function writeProgram(host: LiveHost, directory: string, env: Record<string, string>): void {
  mkdirSync(directory, { recursive: true });
  const file = host.path(PLUMBLINE);
  mkdirSync(join(file, '..'), { recursive: true });
  const settings = Object.entries({ ...env, NO_COLOR: '1' }).map(
    ([name, value]) => `export ${name}='${value}'\n`,
  );
  writeFileSync(file, `#!/bin/sh\n${settings.join('')}exec '${process.execPath}' '${programFile()}' "$@"\n`);
  chmodSync(file, 0o755);
}
