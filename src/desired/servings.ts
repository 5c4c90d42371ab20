import { derivedGatewayMac, derivedServiceLink } from '../model/identity.ts';
import {
  contains,
  familyOf,
  normalAddress,
  normalPrefix,
  prefixBlock,
  prefixLength,
  rangeBlock,
} from '../model/ip.ts';
import { compareText } from '../model/order.ts';
import { normalMac } from '../model/tokens.ts';
import type { Realisation, Subnet } from './documents.ts';
import type { Document, Fleet, HostNetwork, ResolvedHost } from './fleet.ts';
import { networkEntry } from './resolve.ts';
import { isIsland, rangeOf, type ServeSettings, serveSettings } from './serve-settings.ts';
import { servedDns } from './served-dns.ts';
import { publishedOn, reservationsOf } from './served-guests.ts';
import type { AddressRange, ServedDhcp, ServedSubnet, Serving } from './serving.ts';

/**
 * All that a host does for its networks besides wiring them, in name order. A virtual network without addressing has no
 * subnets: then there is only its isolation to see to.
 */
export function servingsOf(fleet: Fleet, host: ResolvedHost): Serving[] {
  return [...host.networks.values()].flatMap((network) => servingOf(fleet, host, network) ?? []);
}

function servingOf(
  fleet: Fleet,
  host: ResolvedHost,
  { name, network, entry, at }: HostNetwork,
): Serving | null {
  const settings = serveSettings(entry);
  const isAddressed = network?.spec.addressing !== undefined;
  // Without addressing nobody can be served (check says so); what is virtual is to be as closed as it says all the same.
  if (settings === null || (!isAddressed && entry.type !== 'virtual')) return null;
  const { forward, device, nat, hostAccess } = settings;
  return {
    network: name,
    ...place(entry, name),
    mtu: network?.spec.mtu ?? null,
    forward,
    device,
    nat,
    hostAccess,
    subnets:
      network === undefined ? [] : servedSubnets(network, settings, otherServers(fleet, host, name, entry)),
    dns: servedDns(isAddressed ? (network?.spec.dns ?? {}) : { enabled: false }),
    reservations: isAddressed ? reservationsOf(fleet, host.name, name, entry) : [],
    published: forward === 'nat' ? publishedOn(fleet, host.name, name) : [],
    at,
  };
}

/** A bridge that guests have too has its own address from its realisation. */
function place(entry: Realisation, network: string): Pick<Serving, 'link' | 'mac'> {
  switch (entry.type) {
    case 'virtual':
      return {
        link: entry.bridge,
        mac: entry.mac === undefined ? derivedGatewayMac(network) : normalMac(entry.mac),
      };
    case 'bridge':
      return { link: entry.bridge, mac: null };
    case 'direct':
    case 'openvswitch':
      return { link: derivedServiceLink(network), mac: derivedGatewayMac(network) };
  }
}

/** What other hosts that serve the same segment say of it. */
function otherServers(
  fleet: Fleet,
  host: ResolvedHost,
  network: string,
  entry: Realisation,
): ServeSettings[] {
  if (isIsland(entry)) return [];
  return [...fleet.hosts.keys()].sort(compareText).flatMap((name) => {
    const other = name === host.name ? undefined : networkEntry(fleet, name, network);
    return other === undefined || isIsland(other) ? [] : (serveSettings(other) ?? []);
  });
}

function servedSubnets(
  network: Document<'Network'>,
  settings: ServeSettings,
  others: readonly ServeSettings[],
): ServedSubnet[] {
  return (network.spec.addressing ?? []).map((one, index) => {
    const { subnet, gateway, slaac = false, routes = [] } = one;
    const at: ServedSubnet['at'] = (path) => network.at(['spec', 'addressing', index, ...path]);
    return {
      family: familyOf(subnet),
      subnet: normalPrefix(subnet),
      prefix: prefixLength(subnet),
      gateway: gateway === undefined ? null : normalAddress(gateway),
      dhcp: servedDhcp(one, settings, others),
      slaac,
      routes: routes.map(({ to, via, metric }, route) => ({
        destination: normalPrefix(to),
        gateway: normalAddress(via),
        metric: metric ?? null,
        source: at(['routes', route]),
      })),
      at,
    };
  });
}

function servedDhcp(
  subnet: Subnet,
  settings: ServeSettings,
  others: readonly ServeSettings[],
): ServedDhcp | null {
  const { dhcp } = subnet;
  if (dhcp === undefined) return null;
  // Objects list keys that look like numbers first, and those by size, wherever they were written.
  const options = Object.entries(dhcp.options ?? {}).map(([option, value]) => ({ option, value }));
  return {
    ranges: servedRanges(subnet, settings),
    others: others.flatMap((other) => servedRanges(subnet, other)),
    leaseTime: dhcp.leaseTime ?? null,
    options,
  };
}

/** What this host hands out of a subnet to machines that git does not know. */
export function servedRanges(
  { subnet, dhcp }: Pick<Subnet, 'subnet' | 'dhcp'>,
  { ranges }: Pick<ServeSettings, 'ranges'>,
): AddressRange[] {
  if (dhcp === undefined) return [];
  if (ranges === null) return (dhcp.ranges ?? []).map(rangeOf);
  const whole = prefixBlock(subnet);
  return ranges.filter((range) => {
    const block = rangeBlock(range);
    return block !== null && contains(whole, block);
  });
}
