/** Addresses and routes of the host itself, as they can be put on one link or another. */

/** One address of a link, without the link. */
export interface HostAddress {
  family: 4 | 6;
  local: string;
  prefix: number;
  peer: string | null;
  broadcast: string | null;
  /** RT_SCOPE_* of linux/rtnetlink.h: 0 is global, 253 the link's own. */
  scope: number;
  /** Of the route to its prefix. */
  metric: number | null;
  /** What an IPv4 label has beyond the link's name: `:1`. */
  label: string;
  /** The kernel makes no route to its prefix. */
  noPrefixRoute: boolean;
  /** Preferred for no new connection. */
  deprecated: boolean;
  /** `dynamic`: by DHCP or a router's advertisement, and not to last. */
  origin: 'static' | 'dynamic';
  /** IPv6: another host on the segment had it already when it came, and the kernel does not use it (`dadfailed`). */
  duplicate?: true;
}

/** One route, as far as Plumbline can say it again on another link. */
export interface HostRoute {
  family: 4 | 6;
  /** With its prefix length: `0.0.0.0/0` is the default. */
  destination: string;
  /** A word of ip-route(8): `unicast`, `local` … */
  type: string;
  table: number;
  /** RTPROT_* of linux/rtnetlink.h: 2 the kernel, 9 a router's advertisement, 16 DHCP. */
  protocol: number;
  scope: number;
  metric: number | null;
  gateway: string | null;
  /** The preferred source address. */
  source: string | null;
  onlink: boolean;
  /** RFC 4191, IPv6 only. */
  preference: string | null;
  /** Metrics of its own such as an MTU, by ip-route(8)'s word. */
  metrics: readonly (readonly [name: string, value: number])[];
  /** The links that it goes out by: several for a multipath route. */
  devices: readonly string[];
  /** What it has that cannot be said again, by the words of `ip -j`. */
  unsayable: readonly string[];
}

/** An address and where it is. */
export interface PlacedAddress {
  address: HostAddress;
  /** The links that have it. */
  on: readonly string[];
  /** The bridges that record it as taken over from the NIC. */
  recordedBy: readonly string[];
}

/** What goes with a NIC when it is enslaved, and comes back with it. */
export interface Addressing {
  nic: string;
  addresses: readonly PlacedAddress[];
  /** Those that nothing makes by itself, each on one link. */
  routes: readonly HostRoute[];
}

/** `192.0.2.7/24` */
export function addressText({ local, prefix }: Pick<HostAddress, 'local' | 'prefix'>): string {
  return `${local}/${prefix}`;
}

/** What the kernel takes for the same address of a link (RTM_NEWADDR, net/ipv4/devinet.c and net/ipv6/addrconf.c). */
export function sameAddress(a: HostAddress, b: HostAddress): boolean {
  return a.local === b.local && a.prefix === b.prefix && a.peer === b.peer;
}

/** RT_SCOPE_LINK: fe80::/10, and what somebody put on a link for that link alone. */
export const SCOPE_LINK = 253;
/** RT_SCOPE_UNIVERSE */
export const SCOPE_GLOBAL = 0;
/** RT_TABLE_MAIN and RT_TABLE_LOCAL */
export const TABLE_MAIN = 254;
export const TABLE_LOCAL = 255;
/** RTPROT_KERNEL, RTPROT_RA and RTPROT_DHCP */
export const PROTOCOL = { kernel: 2, ra: 9, dhcp: 16 } as const;
