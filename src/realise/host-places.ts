import type { ServedSubnet } from '../desired/serving.ts';
import { isLinkLocal, isMadeBy } from '../kinds/addressing/places.ts';
import type { HostAddress } from '../model/addressing.ts';
import { addressText, TABLE_MAIN } from '../model/addressing.ts';
import type { HostState, LinkState } from '../model/host.ts';
import type { Block } from '../model/ip.ts';
import { overlap, prefixBlock } from '../model/ip.ts';
import { ROUTE_PROTOCOL, recordedGateways } from '../model/mark.ts';
import type { Problem } from '../model/problem.ts';

/** Where the host itself is, and where it sends packets, apart from what it has for serving networks. */
export interface HostPlace {
  block: Block;
  links: readonly string[];
  /** `the address 192.0.2.7/24 of eth0` */
  words: string;
  /** null for a route. */
  address: HostAddress | null;
}

/** Addresses of the link that are not there for serving. */
export function ownAddresses(link: LinkState): HostAddress[] {
  const ours = recordedGateways(link.altnames);
  return link.addresses.filter(
    (one) =>
      !isLinkLocal(one) &&
      !ours.some(({ address, prefix }) => address === one.local && prefix === one.prefix),
  );
}

export function hostPlaces(state: HostState): HostPlace[] {
  const places: HostPlace[] = [];
  const owned = new Map<string, HostAddress[]>();
  for (const link of state.links) {
    const own = ownAddresses(link);
    if (own.length < link.addresses.length) {
      owned.set(
        link.name,
        link.addresses.filter((one) => !own.includes(one)),
      );
    }
    for (const address of own) {
      places.push({
        block: prefixBlock(`${address.peer ?? address.local}/${address.prefix}`),
        links: [link.name],
        words: `the address ${addressText(address)} of ${link.name}`,
        address,
      });
    }
  }
  for (const route of state.routes ?? []) {
    const { destination, devices, table, type, protocol } = route;
    if (table !== TABLE_MAIN || type !== 'unicast' || protocol === ROUTE_PROTOCOL) continue;
    if (destination.endsWith('/0') || destination.startsWith('fe80:')) continue;
    if (devices.some((device) => isMadeBy(route, owned.get(device) ?? []))) continue;
    places.push({
      block: prefixBlock(destination),
      links: devices,
      words: `the route to ${destination} by ${devices.join(', ') || 'a next hop'}`,
      address: null,
    });
  }
  return places;
}

/**
 * Why this subnet cannot be served here: the host has other ways to its addresses. `own` are the links by which the host
 * is on the network itself; what stands there is no stranger's.
 */
export function clash(
  network: string,
  subnet: ServedSubnet,
  places: readonly HostPlace[],
  own: readonly string[],
): Problem | null {
  const elsewhere = places.filter(({ links }) => !links.some((link) => own.includes(link)));
  const holder = elsewhere.find(({ address }) => address !== null && address.local === subnet.gateway);
  if (holder !== undefined && holder.address !== null) {
    return {
      code: 'gateway-elsewhere',
      severity: 'error',
      message: `network ${network}: the gateway ${subnet.gateway} stands elsewhere: it is ${holder.words}`,
      source: subnet.at(['gateway']),
      hint: `take it off (ip address del ${addressText(holder.address)} dev ${holder.links.join()}), or give the network another gateway`,
    };
  }
  const block = prefixBlock(subnet.subnet);
  const other = elsewhere.find((place) => overlap(place.block, block));
  if (other === undefined) return null;
  return {
    code: 'subnet-overlaps-host',
    severity: 'error',
    message: `network ${network}: the subnet ${subnet.subnet} overlaps ${other.words}: the host would lose its way to one of them`,
    source: subnet.at(['subnet']),
    hint: isAdvertised(other)
      ? `if ${other.links.join()} is on this network, keep it from making itself addresses there: sysctl -w net.ipv6.conf.${other.links.join().replaceAll('.', '/')}.accept_ra=0, and take off those that it has`
      : 'choose another subnet; what stands of this one is left as it is until then',
  };
}

/** The host's NIC makes itself an address of whatever network a router tells it of, this host's own among them. */
function isAdvertised({ address }: HostPlace): boolean {
  return address?.family === 6 && address.origin === 'dynamic';
}
