import type { Reservation, ServedSubnet, Serving } from '../desired/serving.ts';
import { addressBlock, contains, familyOf, prefixBlock, sizeOf } from '../model/ip.ts';
import { values } from '../tools/dnsmasq/quote.ts';

/** No more leases than this for one subnet, however large: each costs memory, and guests ask for them. */
const LEASES_MAX = 65_536n;

/** The tag of requests: neither a subnet's nor a word of the documents. */
const REQUEST = 'request';
/** The option that Plumbline states itself for each subnet, unless the documents do. */
const ROUTER = ['3', 'router'];

/** Lines of dnsmasq.conf for DHCP and router advertisements; none where a network has neither. */
export function dhcpLines(serving: Serving, link: string, mtu: number | null): string[] {
  const subnets = inOrder(serving.subnets);
  const four = subnets.filter((subnet) => subnet.family === 4 && subnet.dhcp !== null);
  const six = subnets.filter((subnet) => subnet.family === 6 && (subnet.dhcp !== null || subnet.slaac));
  if (four.length + six.length === 0) return [];
  return [
    ...[...four, ...six].flatMap((subnet) => [
      ...rangeLines(subnet),
      ...optionLines(subnet, serving.forward),
    ]),
    ...(four.length > 0 ? fourLines(mtu) : []),
    ...otherLines(four),
    ...(six.length > 0 ? sixLines(serving, link, mtu) : []),
    ...ignoreLines(four, 'tag:!dhcpv6'),
    ...ignoreLines(
      six.filter(({ dhcp }) => dhcp !== null),
      'tag:dhcpv6',
    ),
    `dhcp-lease-max=${leaseMax([...four, ...six])}`,
    // A guest that calls itself so would be asked by others for their proxy (CERT VU#598349).
    'dhcp-name-match=set:refused,wpad',
    'dhcp-ignore-names=tag:refused',
  ];
}

/** So that the order of the documents is no difference. */
function inOrder(subnets: readonly ServedSubnet[]): ServedSubnet[] {
  return [...subnets].sort((a, b) => (a.subnet < b.subnet ? -1 : 1));
}

function rangeLines(subnet: ServedSubnet): string[] {
  const { dhcp, slaac } = subnet;
  const [address = ''] = subnet.subnet.split('/');
  if (dhcp === null) return [rangeLine(subnet, '', [address, 'ra-only'])];
  const own = dhcp.ranges.length === 0 ? [[address, 'static']] : dhcp.ranges.map((r) => [r.first, r.last]);
  return own.map((range) => rangeLine(subnet, '', [...range, ...(slaac ? ['slaac'] : [])]));
}

function rangeLine(subnet: ServedSubnet, condition: string, range: readonly string[]): string {
  const { family, prefix, dhcp } = subnet;
  const length = family === 4 ? netmask(prefix) : String(prefix);
  const time = dhcp === null || dhcp.leaseTime === null ? [] : [dhcp.leaseTime];
  return `dhcp-range=${condition}set:${tagOf(subnet)},${[...range, length, ...time].join(',')}`;
}

function optionLines(subnet: ServedSubnet, forward: Serving['forward']): string[] {
  const { family, dhcp } = subnet;
  const gateway = forward === 'isolated' ? null : subnet.gateway;
  const tag = `tag:${tagOf(subnet)}`;
  const stated = dhcp?.options ?? [];
  const lines = stated.map(({ option, value }) => {
    const numbered = /^\d+$/.test(option);
    const name = family === 6 ? `option6:${option}` : numbered ? option : `option:${option}`;
    return `dhcp-option=${tag},${name},${values(value)}`;
  });
  if (family === 6 || stated.some(({ option }) => ROUTER.includes(option))) return lines;
  // Left empty it is not sent; left out it would be the address of this host.
  return [`dhcp-option=${tag},option:router${gateway === null ? '' : `,${gateway}`}`, ...lines];
}

function fourLines(mtu: number | null): string[] {
  return [
    'dhcp-authoritative',
    // Some clients misread options in the fields for the server's name and the boot file (dnsmasq(8)).
    'dhcp-no-override',
    ...(mtu === null ? [] : [`dhcp-option=option:mtu,${mtu}`]),
  ];
}

/**
 * Several hosts that serve one segment have one gateway, so one name as servers (option 54): what one of them has
 * offered, the others would refuse. So each takes requests, which are messages of type 3, for what any of them hands
 * out, and all know all leases; a client that asks for an offer is offered what is this host's own.
 */
function otherLines(subnets: readonly ServedSubnet[]): string[] {
  const lines = subnets
    .filter(isDynamic)
    .flatMap((subnet) =>
      (subnet.dhcp?.others ?? []).map((range) =>
        rangeLine(subnet, `tag:${REQUEST},`, [range.first, range.last]),
      ),
    );
  return lines.length === 0 ? [] : [`dhcp-match=set:${REQUEST},53,3b`, ...lines];
}

/** The default route comes by router advertisements alone; a lifetime of 0 says that we are none (RFC 4861 4.2). */
function sixLines(serving: Serving, link: string, mtu: number | null): string[] {
  const routes = serving.forward !== 'isolated' && serving.subnets.some(isRouted6);
  const parameters = [...(mtu === null ? [] : [`mtu:${mtu}`]), '0', ...(routes ? [] : ['0'])];
  return [
    'enable-ra',
    ...(parameters.length > 1 ? [`ra-param=${link},${parameters.join(',')}`] : []),
    ...(serving.dns.domain === null ? [] : [`dhcp-option=option6:domain-search,${serving.dns.domain}`]),
  ];
}

function isRouted6({ family, gateway }: ServedSubnet): boolean {
  return family === 6 && gateway !== null;
}

function isDynamic({ dhcp }: ServedSubnet): boolean {
  return dhcp !== null && dhcp.ranges.length > 0;
}

/** Where there are reservations only, whoever has none is another server's: silence, never a refusal. */
function ignoreLines(subnets: readonly ServedSubnet[], family: string): string[] {
  return subnets.length === 0 || subnets.some(isDynamic) ? [] : [`dhcp-ignore=tag:!known,${family}`];
}

/**
 * As many as the ranges and all reservations can ever be. By the subnets and not by the reservations that there are
 * now: one more would be another configuration, and so another process.
 */
function leaseMax(subnets: readonly ServedSubnet[]): bigint {
  return subnets.reduce((sum, { subnet, dhcp }) => {
    if (dhcp === null) return sum;
    const size = sizeOf(prefixBlock(subnet));
    return sum + (size < LEASES_MAX ? size : LEASES_MAX);
  }, 0n);
}

/** A word for a subnet that holds none of dnsmasq's own separators. */
function tagOf({ subnet }: ServedSubnet): string {
  return subnet.replaceAll(':', '-').replace('/', '_');
}

function netmask(prefix: number): string {
  const bits = (0xffffffff00000000n >> BigInt(prefix)) & 0xffffffffn;
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join('.');
}

/**
 * Lines of the dhcp-hostsfile. `id:*`: a guest is its MAC, whatever it calls itself before and after its installation.
 * A client has one address of a subnet by DHCPv4, so of several the first.
 */
export function reservationLines(serving: Serving): string[] {
  const families = new Set(serving.subnets.filter((one) => one.dhcp !== null).map((one) => one.family));
  return serving.reservations.flatMap((reservation) => {
    const four = families.has(4) ? oneInEach(serving.subnets, reservation) : [];
    const six = families.has(6) ? reservation.addresses.filter((one) => familyOf(one) === 6) : [];
    const [first, ...others] = four;
    const line = [...(first === undefined ? [] : [first]), ...six.map((address) => `[${address}]`)];
    return (line.length === 0 ? [] : [line, ...others.map((one) => [one])]).map((addresses) =>
      [reservation.mac, 'id:*', ...addresses, ...hostname(reservation)].join(','),
    );
  });
}

/** What the guest is told to call itself: one label, or dnsmasq would take the rest for another domain. */
function hostname({ name }: Reservation): string[] {
  return name.includes('.') ? [] : [name];
}

function oneInEach(subnets: readonly ServedSubnet[], { addresses }: Reservation): string[] {
  const four = addresses.filter((one) => familyOf(one) === 4);
  if (four.length < 2) return four;
  const blocks = subnets.map((one) => prefixBlock(one.subnet));
  const taken = new Set<number>();
  return four.filter((one) => {
    const at = blocks.findIndex((block) => contains(block, addressBlock(one)));
    if (at < 0 || taken.has(at)) return false;
    taken.add(at);
    return true;
  });
}
