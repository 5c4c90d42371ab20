import type { Path, Source } from '../model/problem.ts';

/** What one host does for one network besides wiring it, with everything derived that the documents leave out. */
export interface Serving {
  network: string;
  /** The link of this host's that has the gateways' addresses: the bridge itself, or one that is made for it. */
  link: string;
  /** The address that `link` is to have; null for a bridge that stands already and keeps its own. */
  mac: string | null;
  /** Bytes, as the network says; null where it says nothing. */
  mtu: number | null;
  forward: 'nat' | 'route' | 'isolated' | 'open';
  /** The only link to the outside, as the documents name it; null for whatever the routes say. */
  device: string | null;
  nat: { addresses: AddressRange | null; ports: PortRange | null; ipv6: boolean };
  /** Guests reach all of the host. */
  hostAccess: boolean;
  subnets: readonly ServedSubnet[];
  dns: ServedDns;
  /** In name order: on an island the guests of this host, on a segment that others share those of all hosts. */
  reservations: readonly Reservation[];
  /** Of guests on this host only. */
  published: readonly Published[];
  /** The place of a key of the realisation: `at(['serve'])`. */
  at(path: Path): Source;
}

/** First and last, both within. Addresses in the form of RFC 5952. */
export interface AddressRange {
  first: string;
  last: string;
}

export interface PortRange {
  first: number;
  last: number;
}

export interface ServedSubnet {
  family: 4 | 6;
  /** `10.20.0.0/24` */
  subnet: string;
  prefix: number;
  /** null: nobody holds one, and no default route is told. */
  gateway: string | null;
  dhcp: ServedDhcp | null;
  /** IPv6: guests make their own addresses from router advertisements. */
  slaac: boolean;
  routes: readonly { destination: string; gateway: string; metric: number | null; source: Source }[];
  /** The place of a key below the subnet: `at(['gateway'])`. */
  at(path: Path): Source;
}

export interface ServedDhcp {
  ranges: readonly AddressRange[];
  /** What other hosts that serve the same segment hand out of it. */
  others: readonly AddressRange[];
  /** As dnsmasq writes it: `12h`, `infinite`; null for its default of an hour. */
  leaseTime: string | null;
  /** By number or dnsmasq's name, in order. */
  options: readonly { option: string; value: string }[];
}

export interface ServedDns {
  /** false: DHCP only. */
  enabled: boolean;
  domain: string | null;
  /** `192.0.2.53`, `192.0.2.53#5353` */
  forwarders: readonly string[];
  localOnly: boolean;
  records: readonly DnsRecord[];
}

export type DnsRecord =
  | { is: 'address'; name: string; addresses: readonly string[] }
  | { is: 'cname'; name: string; target: string }
  | { is: 'txt'; name: string; texts: readonly string[] }
  | {
      is: 'srv';
      /** Without underscores. */
      service: string;
      protocol: 'tcp' | 'udp' | 'sctp';
      domain: string | null;
      target: string;
      port: number;
      priority: number;
      weight: number;
    };

/** A guest's interface with fixed addresses. */
export interface Reservation {
  guest: string;
  interface: string;
  mac: string;
  /** The guest's, for its first interface on the network; `<guest>-<interface>` for others. */
  name: string;
  addresses: readonly string[];
}

export interface Published {
  guest: string;
  interface: string;
  protocol: 'tcp' | 'udp';
  /** On the host. */
  port: number;
  /** On the guest. */
  to: number;
  /** Of the host's; null for each of them. */
  address: string | null;
  /** The guest's, one for each family that it has. */
  targets: readonly string[];
  source: Source;
}
