import { serveSettings } from '../../desired/serve-settings.ts';
import { familyOf } from '../../model/ip.ts';
import { formatPath, type Problem } from '../../model/problem.ts';
import type { Attachment, CheckContext } from '../context.ts';
import { type Finding, guestsOf, nameOf, placeText } from '../problems.ts';

/** What a guest publishes can be reached: it has an address for it, its host does NAT, and no other has the port. */
export function published(context: CheckContext): Problem[] {
  return [...targetless(context), ...[...context.attachments.values()].flatMap(conflictsOn)];
}

function targetless({ guests }: CheckContext): Problem[] {
  return guests.flatMap((guest) =>
    guest.interfaces.flatMap((iface, index) =>
      iface.publish.flatMap(({ address }, n) => {
        const families = new Set(iface.addresses.map(familyOf));
        const tell = (key: string[], finding: Finding) => [
          {
            severity: 'error' as const,
            ...finding,
            source: iface.at(['publish', n, ...key]),
            path: formatPath(['spec', 'interfaces', index, 'publish', n, ...key]),
            about: guestsOf(iface),
          },
        ];
        if (families.size === 0) {
          const message = `guest ${guest.name} ${iface.name} publishes a port, but has no address`;
          return tell([], { code: 'publish-without-address', message, expected: 'addresses beside publish' });
        }
        if (address === null || families.has(familyOf(address))) return [];
        const message = `guest ${guest.name} ${iface.name} is published on ${address}, but has no address of that family`;
        const expected = `an address of the host's of IPv${[...families].join(' or IPv')}`;
        return tell(['address'], { code: 'publish-without-address', message, found: address, expected });
      }),
    ),
  );
}

/** Of one host. */
function conflictsOn(attached: readonly Attachment[]): Problem[] {
  const there = attached.filter(({ standby }) => !standby);
  const problems: Problem[] = [];
  const taken = new Map<string, { attachment: Attachment; index: number; address: string | null }[]>();
  for (const attachment of there) {
    const { guest, iface, host, network } = attachment;
    if (iface.publish.length === 0 || network === undefined) continue;
    const base = ['spec', 'interfaces', guest.interfaces.indexOf(iface), 'publish'];
    const forward = serveSettings(network.entry)?.forward;
    if (forward !== 'nat') {
      problems.push({
        code: 'publish-without-nat',
        severity: 'error',
        message: `guest ${guest.name} ${iface.name} publishes ports, but ${network.name} is not behind NAT on ${host.name}`,
        source: iface.at(['publish']),
        path: formatPath(base),
        found: forward === undefined ? `${network.name} is not served there` : `forward: ${forward}`,
        expected: `forward: nat in the entry of ${network.name}, or no publish`,
        about: [nameOf(guest.document), nameOf(host.document)],
      });
      continue;
    }
    for (const [index, { protocol, port, address }] of iface.publish.entries()) {
      const key = `${protocol} ${port}`;
      const others = taken.get(key) ?? [];
      taken.set(key, [...others, { attachment, index, address }]);
      const other = others.find((one) => one.address === null || address === null || one.address === address);
      if (other === undefined) continue;
      const { iface: twin } = other.attachment;
      problems.push({
        code: 'duplicate-published-port',
        severity: 'error',
        message: `guest ${guest.name} ${iface.name} publishes ${protocol} port ${port}, which guest ${twin.guest} ${twin.name} has on ${host.name}`,
        source: iface.at(['publish', index, 'port']),
        path: formatPath([...base, index, 'port']),
        found: String(port),
        expected: 'a port of the host that nobody has',
        hint: `the other is at ${placeText(twin.at(['publish', other.index, 'port']))}`,
        about: guestsOf(iface, twin),
      });
    }
  }
  return problems;
}
