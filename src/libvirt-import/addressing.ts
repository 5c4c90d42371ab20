import type { Addressing, Subnet } from '../desired/documents.ts';
import { addressBlock, contains, familyOf, networkOf, prefixBlock, prefixLength } from '../model/ip.ts';
import type { Lease, LibvirtIp, LibvirtNetwork, LibvirtRoute } from './libvirt-network.ts';
import type { Remarks } from './notes.ts';
import { listable, rangesWithout, unusable } from './ranges.ts';
import { offers } from './read-ip.ts';

/** What a network's document says of its addresses; undefined for none. */
export function addressingOf(network: LibvirtNetwork, remarks: Remarks): Addressing | undefined {
  if (network.ips.length === 0) return undefined;
  const routes = new Set(network.routes);
  return network.ips.map((ip): Subnet => {
    const subnet = networkOf(ip.address, ip.prefix);
    const own = [...routes].filter(({ via }) => contains(prefixBlock(subnet), addressBlock(via)));
    for (const route of own) routes.delete(route);
    return {
      subnet,
      gateway: ip.address,
      ...autoconfiguration(ip, subnet, remarks),
      ...routesOf(own, network, remarks),
    };
  });
}

/** dnsmasq as libvirt starts it advertises an IPv6 prefix for guests' own addresses where it serves no DHCP. */
function autoconfiguration(ip: LibvirtIp, subnet: string, remarks: Remarks): Pick<Subnet, 'dhcp' | 'slaac'> {
  const { dhcp } = ip;
  if (dhcp !== null && offers(dhcp)) return { dhcp: dhcpOf(ip.address, subnet, dhcp, remarks) };
  if (familyOf(ip.address) === 4) return {};
  if (ip.prefix === 64) return { slaac: true };
  remarks.add(ip.place, 'guests make their own IPv6 addresses in a prefix of length 64 only');
  return {};
}

function dhcpOf(
  gateway: string,
  subnet: string,
  dhcp: NonNullable<LibvirtIp['dhcp']>,
  remarks: Remarks,
): NonNullable<Subnet['dhcp']> {
  // dnsmasq never hands out its own address, nor one that is reserved; the documents say it.
  const held = [gateway, ...dhcp.hosts.map(({ address }) => address), ...unusable(subnet)];
  const { listed, left } = listable(
    rangesWithout(
      dhcp.ranges.map(({ first, last }) => `${first}-${last}`),
      held,
    ),
  );
  if (left > 0) {
    const why = `reservations leave ${left} ranges too many between them: the smallest are not handed out`;
    remarks.add(dhcp.place, why);
  }
  const leaseTime = leaseTimeOf(dhcp, remarks);
  return { ...(listed.length > 0 && { ranges: listed }), ...(leaseTime !== null && { leaseTime }) };
}

/** One for a whole subnet: that of the first range. */
function leaseTimeOf({ ranges }: NonNullable<LibvirtIp['dhcp']>, remarks: Remarks): string | null {
  const [first, ...others] = ranges;
  const text = first?.lease ? leaseText(first.lease) : null;
  for (const { place, lease } of others) {
    if ((lease ? leaseText(lease) : null) === text) continue;
    remarks.add(lease?.place ?? place, 'all ranges of a subnet have one lease time: that of the first');
  }
  if (first?.lease && text === null) {
    remarks.add(first.lease.place, `it is longer than ${MOST_DAYS} days, and less than without end (0)`);
  }
  return text;
}

/** The longest that the documents say. */
const MOST_DAYS = 3650;

/** null for one that the documents cannot say. */
function leaseText({ count, unit }: Lease): string | null {
  if (count === 0) return 'infinite';
  const seconds = count * { s: 1, m: 60, h: 3600 }[unit];
  return seconds > MOST_DAYS * 86_400 ? null : `${count}${unit}`;
}

function routesOf(
  routes: readonly LibvirtRoute[],
  { ips }: LibvirtNetwork,
  remarks: Remarks,
): Pick<Subnet, 'routes'> {
  const carried = routes.filter(({ place, to, via }) => {
    const why = unfit(to, via, ips);
    if (why !== null) remarks.add(place, why);
    return why === null;
  });
  if (carried.length === 0) return {};
  return { routes: carried.map(({ to, via, metric }) => ({ to, via, ...(metric !== null && { metric }) })) };
}

/** Why the documents do not have a route; null for one that they have. */
function unfit(to: string, via: string, ips: readonly LibvirtIp[]): string | null {
  if (prefixLength(to) === 0) return 'a route to everywhere would send the host itself by way of a guest';
  const own = ips.find(({ address, prefix }) => {
    const [a, b] = [prefixBlock(`${address}/${prefix}`), prefixBlock(to)];
    return contains(a, b) || contains(b, a);
  });
  if (own !== undefined) return `it leads to the network's own subnet ${networkOf(own.address, own.prefix)}`;
  return ips.some(({ address }) => address === via) ? `${via} is the host itself` : null;
}
