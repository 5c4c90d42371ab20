import { isDeepStrictEqual } from 'node:util';
import { deviceIdentity } from '../desired/devices.ts';
import type { HostNetwork, ResolvedHost } from '../desired/fleet.ts';
import type { Problem } from '../model/problem.ts';
import { normalMac } from '../model/tokens.ts';
import type { CheckContext } from './context.ts';
import { errorAt, placeText } from './problems.ts';

/** Networks that share a bridge on a host say the same of it: what it is, whose, and how it is set. */
export function bridgesAgree({ hosts }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const host of hosts.values()) {
    const first = new Map<string, HostNetwork>();
    for (const network of host.networks.values()) {
      const { name, entry, document } = network;
      if (entry.type === 'direct') continue;
      const other = first.get(entry.bridge);
      if (other === undefined) {
        first.set(entry.bridge, network);
        continue;
      }
      const why = conflict(host, other, network);
      if (why === null) continue;
      problems.push(
        errorAt(
          document,
          ['spec', 'networks', name, 'bridge'],
          {
            code: 'bridge-conflict',
            message: `on ${host.name} the networks ${other.name} and ${name} share the bridge ${entry.bridge}, ${why}`,
            found: entry.bridge,
            expected: 'the same settings in both, or two bridges',
            hint: `the other is at ${placeText(other.at(['bridge']))}`,
          },
          [host.document],
        ),
      );
    }
  }
  return problems;
}

/** Ends a sentence about the bridge; null when the networks agree. */
function conflict(host: ResolvedHost, a: HostNetwork, b: HostNetwork): string | null {
  // What a virtual network lets in and out is told by its bridge.
  if ([a, b].some(({ entry }) => entry.type === 'virtual')) return 'which a virtual network has to itself';
  const differing = difference(settings(host, a), settings(host, b));
  return differing.length === 0 ? null : `but differ in ${differing.join(', ')}`;
}

/** What stands in the documents, defaults filled in; the MTU is the network's. */
function settings(host: ResolvedHost, { entry, network }: HostNetwork): Record<string, unknown> {
  if (entry.type === 'direct' || entry.type === 'virtual') return {};
  const { type, manage = false } = entry;
  if (!manage) return { type, manage };
  const uplinks = (entry.uplinks ?? []).map((device) => deviceIdentity(host, device)).sort();
  const shared = { type, manage, uplinks, mtu: network?.spec.mtu };
  if (entry.type === 'openvswitch') return { ...shared, datapath: entry.datapath ?? 'system' };
  const { stp = false, forwardDelay, ageingTime, multicastSnooping, mac, moveAddresses = false } = entry;
  const own = { stp, forwardDelay, ageingTime, multicastSnooping, mac: mac && normalMac(mac) };
  return { ...shared, ...own, moveAddresses };
}

/** The differing fields; of a bridge of another type or owner only that. */
function difference(a: Record<string, unknown>, b: Record<string, unknown>): string[] {
  const fields = Object.keys({ ...a, ...b }).filter((field) => !isDeepStrictEqual(a[field], b[field]));
  const basic = fields.filter((field) => field === 'type' || field === 'manage');
  return basic.length > 0 ? basic.slice(0, 1) : fields;
}
