import { deviceIdentity } from '../desired/devices.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** Each of a host's devices is another link. */
export function deviceMatches({ hosts }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const host of hosts.values()) {
    const seen = new Map<string, string>();
    for (const [name, { match }] of Object.entries(host.devices)) {
      const identity = deviceIdentity(host, name);
      const first = seen.get(identity);
      if (first === undefined) {
        seen.set(identity, name);
        continue;
      }
      const path = ['spec', 'devices', name, ...(match === null ? [] : ['match'])];
      const message = `the devices ${first} and ${name} of host ${host.name} are the same link`;
      problems.push(
        errorAt(host.document, path, {
          code: 'duplicate-device-match',
          message,
          found: identity.replace(':', ' '),
          expected: 'one entry a link',
        }),
      );
    }
  }
  return problems;
}
