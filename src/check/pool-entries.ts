import { deviceIdentity } from '../desired/devices.ts';
import type { Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { errorAt } from './problems.ts';

/** A pool names each device once, by whichever of its names, and a passthrough device has room for one guest. */
export function poolEntries({ fleet, hosts }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  for (const document of [...fleet.hosts.values(), ...fleet.classes.values()]) {
    for (const [network, entry] of Object.entries(document.spec.networks ?? {})) {
      if (entry.type !== 'direct' || entry.mode !== 'passthrough') continue;
      for (const [index, { maxGuests }] of entry.pool.entries()) {
        if (maxGuests === undefined || maxGuests === 1) continue;
        problems.push(
          errorAt(document, ['spec', 'networks', network, 'pool', index, 'maxGuests'], {
            code: 'passthrough-capacity',
            message: 'a device in passthrough mode has room for one guest',
            found: String(maxGuests),
            expected: '1, or no maxGuests',
          }),
        );
      }
    }
  }
  for (const host of hosts.values()) {
    for (const { name, entry, document } of host.networks.values()) {
      if (entry.type !== 'direct') continue;
      const seen = new Map<string, string>();
      for (const [index, { device }] of entry.pool.entries()) {
        const identity = deviceIdentity(host, device);
        const first = seen.get(identity);
        if (first === undefined) {
          seen.set(identity, device);
          continue;
        }
        const message =
          first === device
            ? `the pool of ${name} names ${device} twice`
            : `the pool of ${name} names one device twice on ${host.name}, as ${first} and as ${device}`;
        const path = ['spec', 'networks', name, 'pool', index, 'device'];
        problems.push(
          errorAt(document, path, { code: 'duplicate-pool-device', message, found: device }, [host.document]),
        );
      }
    }
  }
  return problems;
}
