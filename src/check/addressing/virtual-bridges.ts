import { deviceIdentity } from '../../desired/devices.ts';
import type { ResolvedHost } from '../../desired/fleet.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt } from '../problems.ts';

/** The bridge of a virtual network is made for it, so nothing else that the documents of its host name is that link. */
export function virtualBridges({ hosts }: CheckContext): Problem[] {
  return [...hosts.values()].flatMap((host) => {
    const uses = usesOf(host);
    return [...host.networks.values()].flatMap(({ name, entry, document }) => {
      const use = entry.type === 'virtual' ? uses.get(`name:${entry.bridge}`) : undefined;
      if (entry.type !== 'virtual' || use === undefined) return [];
      return [
        errorAt(
          document,
          ['spec', 'networks', name, 'bridge'],
          {
            code: 'bridge-name-taken',
            message: `the bridge ${entry.bridge} of ${name} has the name of ${use} on ${host.name}`,
            found: entry.bridge,
            expected: 'a name that no other link has',
          },
          [host.document],
        ),
      ];
    });
  });
}

/** What a host's documents name by link, by its identity. */
function usesOf(host: ResolvedHost): Map<string, string> {
  const uses = new Map<string, string>();
  const add = (device: string, use: string) => uses.set(deviceIdentity(host, device), use);
  for (const device of Object.keys(host.devices)) add(device, `the device ${device}`);
  for (const { name, entry } of host.networks.values()) {
    if (entry.type === 'direct') for (const { device } of entry.pool) add(device, `a pool device of ${name}`);
    if (entry.type === 'bridge' || entry.type === 'openvswitch') {
      for (const device of entry.uplinks ?? []) add(device, `an uplink of ${entry.bridge}`);
    }
  }
  return uses;
}
