import { isIP } from 'node:net';
import * as z from 'zod';
import { ADDRESS_BITS, addressValue, familyOf, prefixBlock } from '../model/ip.ts';
import { documentName, formed, linkName, mac } from './fields.ts';

/** What networks, realisations and guests say of addresses, and of the services that go with them. */

const ADDRESS = 'an IPv4 or IPv6 address such as 10.20.0.10 or fd00:20::10';
/** Never with a zone, and IPv6 never with IPv4 in it (`::ffff:10.0.0.1`): no host on a network has such an address. */
export const hostAddress = formed(/^[0-9A-Fa-f:.]{2,45}$/, ADDRESS).refine(isAddress, { error: ADDRESS });

function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !(text.includes(':') && text.includes('.'));
}

const SUBNET = 'an IPv4 or IPv6 prefix such as 10.20.0.0/24 or fd00:20::/64, with no bits set behind it';
const subnet = formed(/^[0-9A-Fa-f:.]{2,45}\/(0|[1-9][0-9]{0,2})$/, SUBNET).refine(isNetwork, {
  error: SUBNET,
});

function isNetwork(text: string): boolean {
  const [address = '', length = ''] = text.split('/');
  if (!isAddress(address) || Number(length) > ADDRESS_BITS[familyOf(address)]) return false;
  return prefixBlock(text).first === addressValue(address);
}

const RANGE = 'two addresses with a dash between, such as 10.20.0.100-10.20.0.199';
const range = formed(/^[0-9A-Fa-f:.]{2,45}-[0-9A-Fa-f:.]{2,45}$/, RANGE).refine(
  (text) => text.split('-').every(isAddress),
  { error: RANGE },
);
const ranges = z.array(range).max(64);

const LEASE_TIME = 'a time from 2m to 3650d, such as 12h, or infinite';
/** dnsmasq(8) takes less for two minutes, and a number of seconds that 31 bits do not hold for another. */
const leaseTime = formed(/^([1-9][0-9]{0,8}[smhd]|infinite)$/, LEASE_TIME).refine(isLeaseTime, {
  error: LEASE_TIME,
});

function isLeaseTime(text: string): boolean {
  if (text === 'infinite') return true;
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[text.slice(-1)] ?? Number.NaN;
  const seconds = Number(text.slice(0, -1)) * unit;
  return seconds >= 120 && seconds <= 3650 * 86_400;
}

const DOMAIN_NAME = 'a domain name such as red.example, at most 253 bytes';
/** Labels of RFC 1035, which may begin with an underscore (RFC 8552). */
const domainName = formed(
  /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?){0,9}$/,
  DOMAIN_NAME,
).refine((text) => text.length <= 253, { error: DOMAIN_NAME });
/** Which there are is for check; the value goes into a line of dnsmasq's configuration. */
const dhcpOptions = z.record(
  formed(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/, "a DHCP option's number, or its name for dnsmasq"),
  formed(
    /^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/,
    'one line of printable ASCII, values separated by commas',
  ),
);
const dhcp = z.strictObject({
  ranges: ranges.optional().meta({ description: 'for machines that git does not know' }),
  leaseTime: leaseTime.optional(),
  options: dhcpOptions.optional(),
});
const route = z.strictObject({
  to: subnet,
  via: hostAddress,
  metric: z.int().min(1).max(4_294_967_295).optional(),
});

export const addressing = z
  .array(
    z.strictObject({
      subnet,
      gateway: hostAddress.optional().meta({ description: 'held by the hosts that serve' }),
      dhcp: dhcp.optional(),
      slaac: z.boolean().optional().meta({ description: 'IPv6: guests make their own addresses' }),
      routes: z.array(route).max(1000).optional(),
    }),
  )
  .min(1)
  .max(64);

const text = formed(/^[\x20-\x7e]{1,255}$/, 'one line of printable ASCII, at most 255 bytes');
const record = z.union([
  z.strictObject({ name: domainName, addresses: z.array(hostAddress).min(1).max(64) }),
  z.strictObject({ name: domainName, cname: domainName }),
  z.strictObject({ name: domainName, txt: z.array(text).min(1).max(16) }),
  z.strictObject({
    srv: z.strictObject({
      service: formed(/^_?[A-Za-z0-9-]{1,15}$/, 'the name of a service such as ldap'),
      protocol: z.enum(['tcp', 'udp', 'sctp']),
      domain: domainName.optional(),
      target: domainName,
      port: z.int().min(1).max(65_535),
      priority: z.int().min(0).max(65_535).optional(),
      weight: z.int().min(0).max(65_535).optional(),
    }),
  }),
]);
const FORWARDER = 'an address, with a port behind # if it is not 53: 192.0.2.53#5353';
const forwarder = formed(/^[0-9A-Fa-f:.]{2,45}(#[1-9][0-9]{0,4})?$/, FORWARDER).refine(
  (value) => {
    const [address = '', port = '53'] = value.split('#');
    return isAddress(address) && Number(port) <= 65_535;
  },
  { error: FORWARDER },
);

export const dns = z.strictObject({
  enabled: z.boolean().optional(),
  domain: domainName.optional(),
  forwarders: z.array(forwarder).max(16).optional(),
  localOnly: z
    .boolean()
    .optional()
    .meta({ description: 'names of the domain are answered here or not at all' }),
  records: z.array(record).max(10_000).optional(),
});

const PORTS = 'a range of ports such as 1024-65535';
const ports = formed(/^[1-9][0-9]{0,4}-[1-9][0-9]{0,4}$/, PORTS).refine(
  (value) => {
    const [first = 0, last = 0] = value.split('-').map(Number);
    return first <= last && last <= 65_535;
  },
  { error: PORTS },
);
/** How what guests send out of their network leaves the host. */
const nat = z.strictObject({
  addresses: z
    .union([hostAddress, range])
    .optional()
    .meta({ description: "of the host's, or routed to it; else that of the link by which it leaves" }),
  ports: ports.optional(),
  ipv6: z.boolean().optional().meta({ description: 'IPv6 too; else it is routed' }),
});
const device = linkName.optional().meta({ description: 'the only link to the outside' });
const forward = z.enum(['nat', 'route', 'isolated', 'open']);

/** Makes this host gateway, DHCP and DNS of a network that others realise too. */
const serving = z.strictObject({
  ranges: ranges.optional().meta({ description: 'in place of those of the network' }),
  forward: forward.optional().meta({ description: 'route if left out' }),
  device,
  nat: nat.optional(),
});
const SERVE = 'this host is gateway, DHCP and DNS of the network here';
export const serve = z.union([z.boolean(), serving]).optional().meta({ description: SERVE });
/** By an internal port, which has the VLAN of a port group as guests have. */
export const serveOnOpenvswitch = z
  .union([z.boolean(), serving.extend({ portGroup: documentName.optional() })])
  .optional()
  .meta({ description: SERVE });

export const virtualRealisation = z.strictObject({
  type: z.literal('virtual'),
  bridge: linkName,
  forward,
  device,
  nat: nat.optional(),
  hostAccess: z
    .boolean()
    .optional()
    .meta({ description: 'guests reach all of the host, not only DHCP, DNS and ping' }),
  mac: mac.optional(),
  stp: z.boolean().optional(),
  forwardDelay: z.int().min(0).max(30).optional().meta({ description: 'seconds; with STP 2 to 30' }),
  adopt: z.boolean().optional(),
});

const port = z.int().min(1).max(65_535);
export const publish = z.strictObject({
  protocol: z.enum(['tcp', 'udp']),
  port: port.meta({ description: 'on the host' }),
  to: port.optional().meta({ description: 'on the guest; the same if left out' }),
  address: hostAddress.optional().meta({ description: "only on this address of the host's" }),
});
