import type { HostAddress, HostRoute } from './addressing.ts';
import type { FirewallRule, LibvirtContent, LinkOwner, OvsDatapath } from './specs.ts';

/** One link as `ip -j -d addr` shows it, in the words of the kernel, every kind of link alike. */
export interface LinkState {
  index: number;
  name: string;
  /** `bridge`, `macvtap`, `tun`, `veth` …; `physical` where the kernel names none. */
  type: string;
  altnames: string[];
  alias: string | null;
  /** The interface group's number (0 is `default`). */
  group: number;
  up: boolean;
  /** LOWER_UP. */
  carrier: boolean;
  mtu: number;
  mac: string | null;
  /** The address burnt into the device, where the kernel knows one. */
  permanentMac: string | null;
  master: string | null;
  /** The lower link's name; null when it is in another namespace or there is none. */
  parent: string | null;
  /** Addresses of global scope, as `address/prefix`. */
  globalAddresses: string[];
  /** All of them, in the kernel's order. */
  addresses: HostAddress[];
  /** The service that configures it (`systemd-networkd`), null for none; left out where nobody asked. */
  manager?: string | null;
  bridge: { stp: boolean; forwardDelay: number; ageingTime: number; multicastSnooping: boolean } | null;
  /**
   * The kernel's word for how it makes link-local addresses (`eui64`, `none` …); null where it has no IPv6, or nobody
   * asked.
   */
  addrGenMode: string | null;
  macvtap: { mode: string } | null;
  macvlan: { mode: string } | null;
  tap: {
    mode: 'tap' | 'tun';
    multiQueue: boolean;
    queues: number;
    /** What comes before each packet to and from whoever has it open: an ethertype of its own, and virtio's. */
    headers: { packetInfo: boolean; virtio: boolean };
    owner: LinkOwner;
  } | null;
  /** As port of a Linux bridge. */
  port: { isolated: boolean } | null;
  /** Owner of the character device of a macvtap; null where it is not to be seen. */
  node: { uid: number; gid: number } | null;
}

/** Rows of Open vSwitch, read in one transaction. */
export interface OvsState {
  bridges: OvsBridgeState[];
}

export interface OvsBridgeState {
  uuid: string;
  name: string;
  datapath: OvsDatapath;
  externalIds: Record<string, string>;
  ports: OvsPortState[];
}

export interface OvsPortState {
  uuid: string;
  name: string;
  tag: number | null;
  trunks: number[];
  vlanMode: string | null;
  protected: boolean;
  externalIds: Record<string, string>;
  interfaces: OvsInterfaceState[];
}

export interface OvsInterfaceState {
  uuid: string;
  name: string;
  type: string;
  externalIds: Record<string, string>;
  /** -1 when the datapath refused it; null until it was tried. */
  ofport: number | null;
  error: string | null;
}

/** All that one observation read. `ovs` is null where Open vSwitch cannot be reached, with the reason. */
export interface HostState {
  links: LinkState[];
  ovs: OvsState | null;
  ovsUnavailable: string | null;
  /** Said only where the kernel has none, as after `ipv6.disable=1`: it then refuses every call that speaks of it. */
  ipv6?: false;
  /** Of every table, in the kernel's order; left out where nobody asked. */
  routes?: HostRoute[];
  /** What the host has of services for its networks; left out where no network has any and none stands. */
  services?: ServicesState;
  /** Left out where no network is libvirt's matter, and none of ours is known to stand there. */
  libvirt?: LibvirtState;
}

/** What is read besides where networks have addressing: settings, rules and processes. */
export interface ServicesState {
  /** By path below /proc/sys; without those that the kernel has not. */
  sysctls: ReadonlyMap<string, string>;
  /** The table `inet plumbline`; null where there is none, with why where it cannot be read. */
  firewall: FirewallState | null;
  firewallUnavailable: string | null;
  /** By name: processes that run, and what they were told. */
  dnsmasq: DnsmasqState[];
  /** Base chains of other programs that drop what nobody accepts, at the forward hook. */
  foreignDrops: ForeignDrop[];
  /** Programs that a network here may need and that are not installed. */
  missing: string[];
}

export interface FirewallState {
  /** Per owner (`lab`, `~host`): its rules in order, and the link that leads to them. */
  owners: { owner: string; link: string | null; rules: FirewallRule[] }[];
  /** Base chains, maps and what else every owner counts on stand as they should. */
  whole: boolean;
}

export interface DnsmasqState {
  /** The network's. */
  name: string;
  link: string;
  /** null: its files stand, and no process of theirs runs. */
  pid: number | null;
  config: string[];
  reservations: string[];
  hosts: string[];
}

export interface ForeignDrop {
  /** As nft writes it: `ip`, `ip6`, `inet`. */
  family: string;
  table: string;
  chain: string;
  /** Links that it lets through both ways all the same, by their names; an asterisk ends a beginning of names. */
  spares: string[];
}

/** Networks of libvirt's; none where it does not answer, with why. */
export interface LibvirtState {
  networks: LibvirtNetworkState[];
  unavailable: string | null;
}

export interface LibvirtNetworkState {
  name: string;
  uuid: string;
  autostart: boolean;
  /** What it is when it is started; null for one that goes when it is stopped, or of which nobody asked. */
  defined: LibvirtContent | null;
  /** What it is now; null for one that does not run, or of which nobody asked. */
  running: LibvirtContent | null;
  /** NICs of guests that are connected to it. */
  connections: number;
}
