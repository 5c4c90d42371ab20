import { addressBlock, contains, familyOf, networkOf, prefixBlock, rangeBlock, sizeOf } from '../model/ip.ts';
import type { Lease, LibvirtIp, LibvirtReservation, LibvirtRoute } from './libvirt-network.ts';
import { attributeOf, attributePlace, childOf, childrenOf, type Node, placeOf, Refused } from './notes.ts';
import { addressValueOf, choice, macValue, quoted, required, textValue, whole } from './values.ts';

/** The addresses that a network's host has on it, and what it hands out by DHCP. Throws Refused. */
export function readIps(network: Node): LibvirtIp[] {
  const ips = childrenOf(network, 'ip').map(readIp);
  for (const family of [4, 6] as const) {
    const served = ips.filter(({ address, dhcp }) => familyOf(address) === family && offers(dhcp));
    const [, second] = served;
    if (second?.dhcp)
      throw new Refused(
        second.dhcp.place,
        `one IPv${family} address of a network has DHCP, and there is one`,
      );
  }
  return ips;
}

/** libvirt serves DHCP only where it has something to hand out. */
export function offers(dhcp: LibvirtIp['dhcp']): boolean {
  return dhcp !== null && dhcp.ranges.length + dhcp.hosts.length > 0;
}

function readIp(node: Node): LibvirtIp {
  const address = required(addressValueOf, node, 'address');
  const prefix = readPrefix(node, address);
  const dhcp = childOf(node, 'dhcp');
  const subnet = `${networkOf(address, prefix)}`;
  return {
    place: placeOf(node),
    address,
    prefix,
    dhcp: dhcp && {
      place: placeOf(dhcp),
      ranges: childrenOf(dhcp, 'range').map((one) => readRange(one, subnet)),
      hosts: childrenOf(dhcp, 'host').map((one) => readHost(one, subnet)),
    },
  };
}

const FAMILY = choice(['ipv4', 'ipv6']);

/** The length of an address's prefix, however it is told. Throws Refused. */
function readPrefix(node: Node, address: string): number {
  const family = familyOf(address);
  const said = FAMILY(node, 'family');
  // An IPv4 address may leave out its family, an IPv6 address may not.
  if ((said ?? 'ipv4') !== `ipv${family}`)
    throw new Refused(attributePlace(node, 'family'), `${address} is not of family ${said ?? 'ipv4'}`);
  const prefix = whole(0, family === 4 ? 32 : 128)(node, 'prefix');
  const netmask = addressValueOf(node, 'netmask');
  if (netmask === null) return prefix ?? classLength(address);
  const place = attributePlace(node, 'netmask');
  if (prefix !== null) throw new Refused(place, 'there is a prefix beside it');
  if (family === 6 || familyOf(netmask) === 6) throw new Refused(place, 'IPv6 has a prefix, and no netmask');
  const length = maskLength(netmask);
  if (length === null) throw new Refused(place, `${quoted(netmask)} is no netmask`);
  return length;
}

/** What libvirt takes an address without a prefix for: the classes of RFC 791, 64 for IPv6. */
function classLength(address: string): number {
  if (familyOf(address) === 6) return 64;
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
}

/** null for one with holes. */
function maskLength(netmask: string): number | null {
  const bits = netmask
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : null;
}

/** libvirt's bound: each address can become a lease. */
const MOST_LEASES = 65_535n;

function readRange(node: Node, subnet: string): NonNullable<LibvirtIp['dhcp']>['ranges'][number] {
  const [first, last] = [required(addressValueOf, node, 'start'), required(addressValueOf, node, 'end')];
  const block = rangeBlock({ first, last });
  if (block === null) throw new Refused(placeOf(node), 'it ends before it starts, or in another family');
  const whole = prefixBlock(subnet);
  if (!contains(whole, block)) throw new Refused(placeOf(node), `it is not in ${subnet}`);
  if (sizeOf(block) > MOST_LEASES)
    throw new Refused(placeOf(node), `it has ${sizeOf(block)} addresses, and ${MOST_LEASES} are the most`);
  // libvirt's rule: neither the subnet's own address nor the broadcast address is handed out.
  if (block.family === 4 && (block.first === whole.first || block.last === whole.last))
    throw new Refused(placeOf(node), `it holds an address of ${subnet} that no host can have`);
  return { place: placeOf(node), first, last, lease: readLease(node) };
}

function readHost(node: Node, subnet: string): LibvirtReservation {
  const address = required(addressValueOf, node, 'ip');
  const family = familyOf(address);
  if (!contains(prefixBlock(subnet), addressBlock(address)))
    throw new Refused(attributePlace(node, 'ip'), `${address} is not in ${subnet}`);
  const [mac, id, name] = [macValue(node, 'mac'), attributeOf(node, 'id'), textValue(node, 'name')];
  if (family === 6 && mac !== null) throw new Refused(attributePlace(node, 'mac'), 'DHCPv6 goes by an id');
  if (mac === null && name === null && (family === 4 || id === null))
    throw new Refused(placeOf(node), `it has neither a name nor ${family === 4 ? 'a MAC' : 'an id'}`);
  readLease(node);
  return { place: placeOf(node), mac, id, name, address };
}

const UNITS = choice(['seconds', 'minutes', 'hours']);

function readLease(node: Node): Lease | null {
  const lease = childOf(node, 'lease');
  if (lease === null) return null;
  const count = required(whole(0, 4_294_967_295), lease, 'expiry');
  const unit = UNITS(lease, 'unit') ?? 'minutes';
  const letter = unit === 'seconds' ? 's' : unit === 'minutes' ? 'm' : 'h';
  const seconds = count * { s: 1, m: 60, h: 3600 }[letter];
  // libvirt's bound, and dnsmasq's.
  if (seconds > 0 && seconds < 120)
    throw new Refused(attributePlace(lease, 'expiry'), 'a lease is of two minutes at least, or 0 for no end');
  return { place: attributePlace(lease, 'expiry'), count, unit: letter };
}

/** The routes that the network's host has by way of a guest. Throws Refused. */
export function readRoutes(network: Node, ips: readonly LibvirtIp[]): LibvirtRoute[] {
  return childrenOf(network, 'route').map((node) => readRoute(node, ips));
}

function readRoute(node: Node, ips: readonly LibvirtIp[]): LibvirtRoute {
  const address = required(addressValueOf, node, 'address');
  const via = required(addressValueOf, node, 'gateway');
  const metric = whole(1, 4_294_967_295)(node, 'metric');
  const isStated = attributeOf(node, 'prefix') !== null || attributeOf(node, 'netmask') !== null;
  const stated = readPrefix(node, address);
  const isAnywhere = address === '0.0.0.0' || address === '::';
  if (!isStated && !isAnywhere) throw new Refused(placeOf(node), 'it has neither a prefix nor a netmask');
  const length = isStated ? stated : 0;
  if (prefixBlock(`${address}/${length}`).first !== addressBlock(address).first)
    throw new Refused(placeOf(node), `${address}/${length} has bits set behind its prefix`);
  if (familyOf(via) !== familyOf(address))
    throw new Refused(attributePlace(node, 'gateway'), `${via} is of another family than ${address}`);
  const reachable = ips.some((ip) => contains(prefixBlock(`${ip.address}/${ip.prefix}`), addressBlock(via)));
  if (!reachable) throw new Refused(attributePlace(node, 'gateway'), `${via} is on no subnet of the network`);
  return { place: placeOf(node), to: `${address}/${length}`, via, metric };
}
