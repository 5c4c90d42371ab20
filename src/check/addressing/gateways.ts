import type { Document, ResolvedHost } from '../../desired/fleet.ts';
import { serveSettings } from '../../desired/serve-settings.ts';
import { addressBlock, contains } from '../../model/ip.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding } from '../problems.ts';
import { type CheckedSubnet, reservedAddress, subnetsOf } from './subnets-of.ts';

/** A gateway is an address of its subnet that a host can have, and is there where a host could not answer without. */
export function gateways({ fleet, hosts }: CheckContext): Problem[] {
  return [
    ...[...fleet.networks.values()].flatMap((network) =>
      subnetsOf(network).flatMap((subnet) => misplaced(network, subnet)),
    ),
    ...[...hosts.values()].flatMap(missingOn),
  ];
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

/**
 * dnsmasq serves a subnet that it has an address in (dnsmasq(8), --dhcp-range). A bridge may have one of the host's own
 * there; a link that is made for serving has gateways only.
 */
function missingOn(host: ResolvedHost): Problem[] {
  return [...host.networks.values()].flatMap(({ network, entry }) => {
    if (network === undefined || entry.type === 'bridge' || serveSettings(entry) === null) return [];
    return subnetsOf(network).flatMap((subnet) => missing(network, subnet, host));
  });
}

function missing(
  network: Document<'Network'>,
  { written, index }: CheckedSubnet,
  host: ResolvedHost,
): Problem[] {
  if (written.gateway !== undefined) return [];
  const offers = [
    ['dhcp', written.dhcp !== undefined],
    ['slaac', written.slaac === true],
    ['routes', (written.routes ?? []).length > 0],
  ] as const;
  return offers.flatMap(([key, isOffered]) => {
    if (!isOffered) return [];
    const message = `the subnet ${written.subnet} has ${key}, but no gateway for ${host.name} to serve it from`;
    const expected = `gateway: an address of ${written.subnet}`;
    const finding = { code: 'needs-gateway', message, expected };
    return [errorAt(network, ['spec', 'addressing', index, key], finding, [network, host.document])];
  });
}
