import { hostname as machineName } from 'node:os';
import type { Fleet } from '../desired/fleet.ts';
import { hostByName } from '../desired/host.ts';
import { ProblemsError } from '../model/problem.ts';
import { isDocumentName } from '../model/tokens.ts';
import { nearName } from './names.ts';

export interface HostGiven {
  /** --host */
  option: string | null;
  /** Of the machine whose libvirt was asked; null for files. */
  hostname: string | null;
  env: NodeJS.ProcessEnv;
  /** The documents that stand already. */
  fleet: Fleet | null;
}

/**
 * The host that an import is for: one that the documents have, else a new one; `name` is the machine's where it is not
 * the host's, and `how` says where it is from. Throws ProblemsError for a name that fits two hosts, or that no document
 * can have.
 */
export function importedHost({ option, hostname, env, fleet }: HostGiven): {
  host: string;
  name: string | null;
  how: string;
} {
  const [given, how] = option
    ? [option, '--host']
    : env.PLUMBLINE_HOST
      ? [env.PLUMBLINE_HOST, 'PLUMBLINE_HOST']
      : hostname
        ? [hostname, "libvirt's host"]
        : [machineName(), 'this machine'];
  const known = fleet === null ? null : hostByName(fleet, given);
  if (known !== null) return { host: known, name: null, how };
  const lower = given.toLowerCase();
  if (option) {
    if (isDocumentName(lower)) return { host: lower, name: null, how };
    throw new ProblemsError([
      {
        code: 'bad-format',
        severity: 'error',
        message: `${given} is no name that a host can have`,
        source: null,
        expected: 'lower-case letters, digits, dots and dashes, at most 63',
      },
    ]);
  }
  const host = nearName(lower.split('.', 1)[0] ?? lower, 'host');
  const isName = host !== lower && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(lower);
  return { host, name: isName ? lower : null, how };
}
