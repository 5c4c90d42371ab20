import type { Document } from '../../desired/fleet.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt } from '../problems.ts';
import { type CheckedSubnet, subnetsOf } from './subnets-of.ts';

/** Router advertisements and DHCPv6 are offered only where their protocols, and dnsmasq, can do it. */
export function autoconfiguration({ fleet }: CheckContext): Problem[] {
  return [...fleet.networks.values()].flatMap((network) =>
    subnetsOf(network).flatMap((subnet) => [...slaac(network, subnet), ...dhcp6(network, subnet)]),
  );
}

function slaac(network: Document<'Network'>, { family, length, index, written }: CheckedSubnet): Problem[] {
  if (written.slaac !== true) return [];
  const path = ['spec', 'addressing', index, 'slaac'];
  const found = written.subnet;
  if (family === 4) {
    const message = 'guests make their own addresses in IPv6 only';
    return [errorAt(network, path, { code: 'slaac-unfit', message, found, expected: 'dhcp for IPv4' })];
  }
  // RFC 4862 5.5.3 with the 64-bit interface identifiers of RFC 4291 2.5.1.
  if (length !== 64) {
    const message = 'guests make their own addresses in a /64 only';
    return [
      errorAt(network, path, {
        code: 'slaac-unfit',
        message,
        found,
        expected: 'a subnet of length 64, or dhcp',
      }),
    ];
  }
  return [];
}
/** dnsmasq(8), --dhcp-range: "prefix length must be at least 64". */
function dhcp6(network: Document<'Network'>, { family, length, index, written }: CheckedSubnet): Problem[] {
  if (family === 4 || written.dhcp === undefined || length >= 64) return [];
  return [
    errorAt(network, ['spec', 'addressing', index, 'dhcp'], {
      code: 'dhcp-unfit',
      message: `the subnet ${written.subnet} is too large for DHCP`,
      found: `/${length}`,
      expected: 'a length of at least 64',
    }),
  ];
}
