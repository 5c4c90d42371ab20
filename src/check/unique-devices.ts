import type { ResolvedInterface } from '../desired/fleet.ts';
import { formatPath, type Problem } from '../model/problem.ts';
import type { CheckContext } from './context.ts';
import { guestsOf, placeText } from './problems.ts';

/**
 * No two interfaces of the fleet share a device name, so that any guest can go to any host. Link names and altnames
 * are one name space in the kernel, and so they are here.
 */
export function uniqueDevices({ guests }: CheckContext): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, ResolvedInterface>();
  for (const guest of guests) {
    const own = new Set<string>();
    for (const [index, iface] of guest.interfaces.entries()) {
      // Two interfaces of one name are told as just that.
      if (own.has(iface.name)) continue;
      own.add(iface.name);
      for (const name of iface.altname === null ? [iface.device] : [iface.device, iface.altname]) {
        const other = owners.get(name);
        if (other === undefined) {
          owners.set(name, iface);
          continue;
        }
        const key = guest.document.spec.interfaces[index]?.device === undefined ? 'name' : 'device';
        problems.push({
          code: 'duplicate-device',
          severity: 'error',
          message: `the device ${name} of guest ${guest.name} is that of guest ${other.guest} too`,
          source: iface.at([key]),
          path: formatPath(['spec', 'interfaces', index, key]),
          found: name,
          hint: `the other is at ${placeText(other.at(['name']))}; give one of them a device of its own`,
          about: guestsOf(iface, other),
        });
        break;
      }
    }
  }
  return problems;
}
