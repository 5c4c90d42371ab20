import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** Two uplinks into one network are a loop, unless STP cuts it or somebody vouches that they are none. */
export function loops({ fleet }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const [network, entry] of Object.entries(document.spec.networks ?? {})) {
      if (entry.type === 'direct' || entry.type === 'virtual') continue;
      if (entry.manage !== true || entry.loopFree === true) continue;
      const uplinks = entry.uplinks ?? [];
      if (uplinks.length < 2 || (entry.type === 'bridge' && entry.stp === true)) continue;
      problems.push(
        errorAt(document, ['spec', 'networks', network, 'uplinks'], {
          code: 'possible-loop',
          message: `the bridge ${entry.bridge} has ${uplinks.length} uplinks and no STP`,
          found: uplinks.join(', '),
          expected: entry.type === 'bridge' ? 'one uplink, or stp: true' : 'one uplink',
          hint: 'if they never meet outside of this host, say loopFree: true',
        }),
      );
    }
  }
  return problems;
}
