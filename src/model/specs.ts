import type { Addressing } from './addressing.ts';

/**
 * What one resource of each kind states. The same shape serves what is wanted and what is observed; in a wanted spec
 * `null` means "not stated": it is not compared, and the kernel's default stands.
 */
export interface Specs {
  link: LinkSpec;
  membership: MembershipSpec;
  'ovs-bridge': OvsBridgeSpec;
  'ovs-port': OvsPortSpec;
  address: AddressSpec;
  route: RouteSpec;
  sysctl: SysctlSpec;
  firewall: FirewallSpec;
  service: ServiceSpec;
  'libvirt-network': LibvirtNetworkSpec;
  'libvirt-active': LibvirtActiveSpec;
}

export type LinkSpec = BridgeSpec | MacvtapSpec | MacvlanSpec | TapSpec | InternalSpec | OtherLinkSpec;

export interface BridgeSpec {
  kind: 'bridge';
  up: boolean;
  /** Bytes. */
  mtu: number | null;
  mac: string | null;
  stp: boolean | null;
  /** Seconds. */
  forwardDelay: number | null;
  /** Seconds. */
  ageingTime: number | null;
  multicastSnooping: boolean | null;
  /**
   * Whether it makes itself a link-local IPv6 address (`addrgenmode eui64`, else `none`): router advertisements and
   * DHCPv6 are sent from one. null: not stated.
   */
  linkLocal: boolean | null;
}

export type MacvtapMode = 'vepa' | 'bridge' | 'private' | 'passthru';

export interface MacvtapSpec {
  kind: 'macvtap';
  up: boolean;
  mtu: number | null;
  mac: string;
  /** The link's name on this host. */
  parent: string;
  mode: MacvtapMode;
  altname: string | null;
  released?: Released;
  /** Who may open /dev/tapN; null in an observed spec where the node is not to be seen. */
  owner: LinkOwner | null;
}

export interface TapSpec {
  kind: 'tap';
  up: boolean;
  mtu: number | null;
  /** The host's side, never the guest's own. */
  mac: string | null;
  /** The bridge that it is a port of; null when it is no bridge's (Open vSwitch has it, or nobody). */
  master: string | null;
  /** No traffic to other isolated ports of the bridge; null where there is no master. */
  isolated: boolean | null;
  multiQueue: boolean;
  altname: string | null;
  released?: Released;
  owner: LinkOwner | null;
}

/**
 * Of a guest device whose guest has gone to another host, by the mark that it bears: it is down. `moving` once git has
 * the guest migrating too, so that it ends with that. Left out where the guest has not gone.
 */
export type Released = 'yes' | 'moving';

/** The host's own place on a pool device, from which it serves the guests of the pool. */
export interface MacvlanSpec {
  kind: 'macvlan';
  up: boolean;
  mtu: number | null;
  mac: string;
  /** The link's name on this host. */
  parent: string;
  mode: Exclude<MacvtapMode, 'passthru'>;
}

/** The host's own place on an Open vSwitch bridge: a link that ovs-vswitchd makes for an internal port of ours. */
export interface InternalSpec {
  kind: 'internal';
  up: boolean;
  mtu: number | null;
  mac: string;
}

/** Any link that Plumbline never makes: only ever observed. */
export interface OtherLinkSpec {
  kind: 'other';
  /** The kernel's kind (`veth`, `vxlan` …), or `physical`. */
  type: string;
}

/** An altname of a bridge that records an uplink. */
export interface UplinkRecord {
  bridge: string;
  altname: string;
}

/** A NIC's membership in a managed Linux bridge. The id is the NIC's; the NIC itself is never ours. */
export interface MembershipSpec {
  /** null: the bridge records the uplink, but it is no port of it now. */
  bridge: string | null;
  /** The bridges whose altnames record this uplink as ours. */
  recordedBy: string[];
  /** Altnames of bridges that record it in words for another bridge: theirs was renamed by hand. Left out for none. */
  misnamed?: UplinkRecord[];
  /**
   * The host's own addresses and routes of this NIC, where they are now; they belong on `bridge`, and on the NIC when
   * that is null. null: none, or, in a wanted spec, not stated.
   */
  addressing: Addressing | null;
}

export type OvsDatapath = 'system' | 'netdev';

export interface OvsBridgeSpec {
  datapath: OvsDatapath;
  /** Its local port stands: ovs-vswitchd has a data path for it. Always wanted. */
  carried: boolean;
}

export interface OvsPortSpec {
  bridge: string;
  /** ovs-vswitchd makes the link itself (Interface type `internal`). */
  internal: boolean;
  /** RFC 7047 columns of the Port table, ovs-vswitchd.conf.db(5). */
  vlanMode: 'access' | 'trunk' | 'native-untagged' | null;
  tag: number | null;
  trunks: number[];
  protected: boolean;
  /** The keys of the Interface row's external_ids that the documents state. */
  externalIds: Record<string, string>;
  /**
   * Whether the row is bound to the link that stands now. A link made anew under a standing row passes nothing
   * (FACTS.md), so a port that is not bound is made anew as well. Always true in a wanted spec.
   */
  bound: boolean;
}

/** Numeric owner of a tap or of a macvtap's character device. */
export interface LinkOwner {
  uid: number | null;
  gid: number | null;
}

/** An address of the host's by which it serves a network. The name is `<link>/<address>/<prefix>`. */
export interface AddressSpec {
  link: string;
  /** In the kernel's own form (RFC 5952). */
  address: string;
  prefix: number;
  /**
   * Only in an observed spec: `gone`, where the link records it and has it no more; `duplicate`, where the kernel does
   * not use it because another host had it when it came (RFC 4862 §5.4).
   */
  trouble?: 'gone' | 'duplicate';
}

/** A route of the host's into a network that it serves. The name is `<destination>@<link>`. */
export interface RouteSpec {
  /** With its prefix length, host bits zero, in the kernel's own form. */
  destination: string;
  gateway: string;
  link: string;
  /** null: the kernel's default for the family. */
  metric: number | null;
}

/** A kernel setting below /proc/sys, by its path: `net/ipv6/conf/virbr-lab/accept_ra`. It is set, and never reset. */
export interface SysctlSpec {
  value: string;
}

/** The chains of the table `inet plumbline` that belong to one network, or to the host. */
export interface FirewallSpec {
  /** The link whose traffic is led to them; null for the host's own, which every packet meets. */
  link: string | null;
  /** In the order in which they are met, chain by chain. */
  rules: readonly FirewallRule[];
  /** What the rules of all owners hang on stands as it should. Always true in a wanted spec. */
  whole: boolean;
}

export interface FirewallRule {
  chain: FirewallChain;
  /** What it does, in words: the rule's comment, at most 128 bytes (nft(8)); empty where a stranger wrote none. */
  text: string;
  /** Statements in the form of libnftables-json(5), as `nft -j list` prints them. */
  expr: readonly unknown[];
}

/**
 * What a rule is met by: `input` from the link to the host, `forward-out` and `forward-in` forwarded from the link and
 * to it, `nat-out` the first packet of a connection from the link to elsewhere, `nat-in` the first of one to an address
 * of the host's, from the host itself too. `forward` is the host's only: every forwarded packet, before all others.
 */
export type FirewallChain = 'input' | 'forward' | 'forward-out' | 'forward-in' | 'nat-in' | 'nat-out';

/** One dnsmasq: DHCP, router advertisements and DNS of one network on this host. */
export interface ServiceSpec {
  link: string;
  /** Lines of dnsmasq.conf; another configuration needs another process. */
  config: readonly string[];
  /** Lines of the dhcp-hostsfile, read again on SIGHUP. */
  reservations: readonly string[];
  /** Lines of the addn-hosts file, read again on SIGHUP. */
  hosts: readonly string[];
  /** A process runs, and was started with `config`; always true in a wanted spec. */
  running: boolean;
}

/** What libvirt tells guests of a network: its `<network>`, as far as Plumbline writes it. */
export interface LibvirtContent {
  /** libvirt's `<forward mode>`: `bridge`, `vepa`, `private`, `passthrough`; others only where somebody else wrote it. */
  mode: string;
  /** That guests are ports of; null where they get macvtaps. */
  bridge: string | null;
  /** Links for macvtaps, in the pool's order. */
  devices: readonly string[];
  /** The bridge is Open vSwitch's. */
  openvswitch: boolean;
  /** No traffic among the guests of one host (`<port isolated>`). */
  isolated: boolean;
  portGroups: readonly LibvirtPortGroup[];
  /** In words, what stands there that Plumbline never writes. Always empty in a wanted spec. */
  other: readonly string[];
}

export interface LibvirtPortGroup {
  name: string;
  default: boolean;
  vlan: LibvirtVlan | null;
}

export interface LibvirtVlan {
  trunk: boolean;
  /** Ascending; one where it is no trunk. */
  tags: readonly number[];
  /** The one of them that travels untagged. */
  native: number | null;
}

/** A network of libvirt's as it is defined: what it becomes when it is started. The name is the network's. */
export interface LibvirtNetworkSpec extends LibvirtContent {
  autostart: boolean;
}

/** A network of libvirt's as it runs (libvirt calls it active). The name is the network's. */
export interface LibvirtActiveSpec extends LibvirtContent {
  /** Only in an observed spec: how many NICs of guests are connected to it. */
  connected?: number;
}
