import type { Place } from './notes.ts';

/** What libvirt's XML says of a network, read but not judged. Addresses in the form of RFC 5952. */
export interface LibvirtNetwork {
  place: Place;
  name: string;
  uuid: string | null;
  description: string | null;
  bridge: LibvirtBridge;
  mac: string | null;
  /** Bytes. */
  mtu: number | null;
  forward: LibvirtForward;
  domain: { place: Place; name: string; localOnly: boolean } | null;
  dns: LibvirtDns | null;
  ips: readonly LibvirtIp[];
  routes: readonly LibvirtRoute[];
  port: PortSettings;
  portGroups: readonly LibvirtPortGroup[];
}

export interface LibvirtBridge {
  place: Place;
  /** null, or with `%d` in it, for whatever libvirt chooses. */
  name: string | null;
  stp: boolean;
  /** Seconds. */
  delay: number;
}

export type ForwardMode =
  | 'isolated'
  | 'nat'
  | 'route'
  | 'open'
  | 'bridge'
  | 'private'
  | 'vepa'
  | 'passthrough'
  | 'hostdev';

export interface LibvirtForward {
  place: Place;
  mode: ForwardMode;
  /** Each with its place, in the order of the text. */
  devices: readonly { place: Place; device: string }[];
  nat: {
    addresses: { first: string; last: string } | null;
    ports: { first: number; last: number } | null;
    ipv6: boolean;
  } | null;
}

export interface LibvirtIp {
  place: Place;
  address: string;
  prefix: number;
  dhcp: {
    place: Place;
    ranges: readonly { place: Place; first: string; last: string; lease: Lease | null }[];
    hosts: readonly LibvirtReservation[];
  } | null;
}

/** How long a lease is; 0 for without end. */
export interface Lease {
  place: Place;
  count: number;
  unit: 's' | 'm' | 'h';
}

export interface LibvirtReservation {
  place: Place;
  mac: string | null;
  /** DHCPv6's identifier of a client. */
  id: string | null;
  name: string | null;
  address: string;
}

export interface LibvirtRoute {
  place: Place;
  to: string;
  via: string;
  metric: number | null;
}

export interface LibvirtDns {
  place: Place;
  enabled: boolean;
  forwarders: readonly { place: Place; address: string | null; domain: string | null; port: number | null }[];
  hosts: readonly { place: Place; address: string; names: readonly string[] }[];
  txts: readonly { place: Place; name: string; value: string }[];
  srvs: readonly LibvirtSrv[];
}

export interface LibvirtSrv {
  place: Place;
  service: string;
  protocol: 'tcp' | 'udp';
  domain: string | null;
  target: string | null;
  port: number | null;
  priority: number | null;
  weight: number | null;
}

/** What a network, a port group and an interface can each say of a guest's port. null where it says nothing. */
export interface PortSettings {
  vlan: { place: Place; vlan: LibvirtVlan } | null;
  isolated: boolean | null;
  virtualPort: LibvirtVirtualPort | null;
}

export type LibvirtVlan = { tag: number } | { trunk: number[]; native?: number };

export interface LibvirtVirtualPort {
  place: Place;
  type: 'openvswitch' | '802.1Qbg' | '802.1Qbh' | 'midonet' | null;
  /** Open vSwitch's iface-id. */
  interfaceId: string | null;
}

export interface LibvirtPortGroup extends PortSettings {
  place: Place;
  name: string;
  isDefault: boolean;
}

/** Modes in which libvirt makes the bridge itself. */
export const MAKES_BRIDGE: ReadonlySet<ForwardMode> = new Set(['isolated', 'nat', 'route', 'open']);
