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
}

export type LinkSpec = BridgeSpec | MacvtapSpec | TapSpec | OtherLinkSpec;

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
  owner: LinkOwner | null;
}

/** Any link that Plumbline never makes: only ever observed. */
export interface OtherLinkSpec {
  kind: 'other';
  /** The kernel's kind (`veth`, `vxlan` …), or `physical`. */
  type: string;
}

/** A NIC's membership in a managed Linux bridge. The id is the NIC's; the NIC itself is never ours. */
export interface MembershipSpec {
  /** null: the bridge records the uplink, but it is no port of it now. */
  bridge: string | null;
  /** The bridges whose altnames record this uplink as ours. */
  recordedBy: string[];
  /**
   * The host's own addresses and routes of this NIC, where they are now; they belong on `bridge`, and on the NIC when
   * that is null. null: none, or, in a wanted spec, not stated.
   */
  addressing: Addressing | null;
}

export type OvsDatapath = 'system' | 'netdev';

export interface OvsBridgeSpec {
  datapath: OvsDatapath;
}

export interface OvsPortSpec {
  bridge: string;
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
