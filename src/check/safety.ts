import type { Document } from '../desired/fleet.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** 127.0.0.0/8 and ::1 (RFC 1122, RFC 4291), and the name that stands for them. */
const OWN = /^(127\.|::1$|\[::1\]:|localhost:)/i;

/**
 * A probe of the host itself passes whatever becomes of the network. And whoever moves the host's own addresses should
 * have probes, for nobody else would notice that they went astray.
 */
export function safety({ fleet, hosts }: CheckContext): Problem[] {
  const problems = [...fleet.hosts.values(), ...fleet.classes.values()].flatMap(ownProbes);
  for (const host of hosts.values()) {
    if (host.safety !== null) continue;
    for (const { name, entry, document } of host.networks.values()) {
      if (entry.type !== 'bridge' || entry.manage !== true || entry.moveAddresses !== true) continue;
      problems.push({
        ...errorAt(document, ['spec', 'networks', name, 'moveAddresses'], {
          code: 'no-safety-probes',
          message: `${host.name} lets ${entry.bridge} take over the host's own addresses, and no probe tells whether it is still reached`,
          expected: 'spec.safety.probes beside it',
          hint: `safety: { probes: [{ ping: the gateway's address }] }, so that the change is taken back when it cuts the host off`,
        }),
        severity: 'warning',
      });
    }
  }
  return problems;
}

function ownProbes(document: Document<'Host'> | Document<'HostClass'>): Problem[] {
  return (document.spec.safety?.probes ?? []).flatMap((probe, index) => {
    const [key, target] = 'ping' in probe ? (['ping', probe.ping] as const) : (['tcp', probe.tcp] as const);
    if (!OWN.test(target)) return [];
    return [
      errorAt(document, ['spec', 'safety', 'probes', index, key], {
        code: 'probe-of-itself',
        message: `this probe asks the host itself, and passes whatever becomes of the network`,
        found: target,
        expected: 'something beyond the links that may change, such as the gateway',
      }),
    ];
  });
}
