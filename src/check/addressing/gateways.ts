import type { Document } from '../../desired/fleet.ts';
import { addressBlock, contains } from '../../model/ip.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding } from '../problems.ts';
import { type CheckedSubnet, reservedAddress, subnetsOf } from './subnets-of.ts';

/** A gateway is an address of its subnet that a host can have, and is there where the host has to answer from it. */
export function gateways({ fleet }: CheckContext): Problem[] {
  return [...fleet.networks.values()].flatMap((network) =>
    subnetsOf(network).flatMap((subnet) => [...misplaced(network, subnet), ...missing(network, subnet)]),
  );
}

function misplaced(network: Document<'Network'>, subnet: CheckedSubnet): Problem[] {
  const { gateway } = subnet.written;
  if (gateway === undefined || subnet.gateway === null) return [];
  const tell = (finding: Pick<Finding, 'code' | 'message' | 'expected'>) => [
    errorAt(network, ['spec', 'addressing', subnet.index, 'gateway'], { ...finding, found: gateway }),
  ];
  if (!contains(subnet.block, addressBlock(gateway))) {
    const message = `the gateway ${gateway} is not in its subnet ${subnet.written.subnet}`;
    return tell({
      code: 'gateway-outside-subnet',
      message,
      expected: `an address of ${subnet.written.subnet}`,
    });
  }
  const reserved = reservedAddress(subnet, subnet.gateway);
  if (reserved === null) return [];
  const message = `the gateway ${gateway} is ${reserved}`;
  return tell({ code: 'reserved-address', message, expected: 'an address that a host can have' });
}

/** Of what a subnet offers, that which the host cannot do without an address in it (dnsmasq(8), --dhcp-range). */
function missing(network: Document<'Network'>, { written, index }: CheckedSubnet): Problem[] {
  if (written.gateway !== undefined) return [];
  const offers = [
    ['dhcp', written.dhcp !== undefined],
    ['slaac', written.slaac === true],
    ['routes', (written.routes ?? []).length > 0],
  ] as const;
  return offers.flatMap(([key, isOffered]) => {
    if (!isOffered) return [];
    const message = `the subnet ${written.subnet} has ${key}, but no gateway`;
    const expected = `gateway: an address of ${written.subnet}, which the hosts hold that serve it`;
    return [
      errorAt(network, ['spec', 'addressing', index, key], { code: 'needs-gateway', message, expected }),
    ];
  });
}
