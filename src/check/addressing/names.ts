import type { Fleet, ResolvedGuest, ResolvedInterface } from '../../desired/fleet.ts';
import { areApart, dnsName } from '../../desired/served-guests.ts';
import { formatPath, type Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { guestsOf, placeText } from '../problems.ts';

/** RFC 1035 2.3.1, digits first as RFC 1123 2.1 allows. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

interface Named {
  guest: ResolvedGuest;
  iface: ResolvedInterface;
}

/** The names that guests with addresses get in their networks' DNS are names there, and no two guests' are one. */
export function names({ fleet, guests }: CheckContext): Problem[] {
  const holders = new Map<string, Named[]>();
  return guests.flatMap((guest) => {
    const seen = new Set<string>();
    return guest.interfaces.flatMap((iface, index) => {
      const isFirst = !seen.has(iface.network);
      seen.add(iface.network);
      if (iface.addresses.length === 0 || !hasNames(fleet, iface.network)) return [];
      const name = dnsName(guest.name, iface.name, isFirst);
      const tell = (
        problem: Pick<Problem, 'code' | 'message' | 'expected' | 'hint' | 'about'>,
      ): Problem[] => [
        {
          ...problem,
          severity: 'error',
          source: iface.at(['name']),
          path: formatPath(['spec', 'interfaces', index, 'name']),
          found: name,
        },
      ];
      if (!name.split('.').every((label) => LABEL.test(label))) {
        const message = `${name}, the name of guest ${guest.name} ${iface.name} in the DNS of ${iface.network}, is none`;
        const expected = 'at most 63 bytes between dots, beginning and ending with a letter or digit';
        return tell({ code: 'bad-dns-name', message, expected, about: guestsOf(iface) });
      }
      const others = holders.get(`${iface.network} ${name}`) ?? [];
      holders.set(`${iface.network} ${name}`, [...others, { guest, iface }]);
      const other = others.find((one) => !areApart(fleet, one.guest, guest, iface.network))?.iface;
      if (other === undefined) return [];
      return tell({
        code: 'duplicate-dns-name',
        message: `guest ${guest.name} ${iface.name} and guest ${other.guest} ${other.name} are both ${name} in the DNS of ${iface.network}`,
        hint: `the other is at ${placeText(other.at(['name']))}; give one of the interfaces another name`,
        about: guestsOf(iface, other),
      });
    });
  });
}

function hasNames(fleet: Fleet, network: string): boolean {
  const spec = fleet.networks.get(network)?.spec;
  return spec?.addressing !== undefined && spec.dns?.enabled !== false;
}
