import type { Id } from './resource.ts';
import type {
  FirewallRule,
  LibvirtNetworkSpec,
  LibvirtPortGroup,
  OvsDatapath,
  ServiceSpec,
} from './specs.ts';

/**
 * What a tool does for a change: data, so that it can be ordered, batched, shown and tested. A change has one or
 * several steps; a step is done when all of its parts were.
 */
export type Step = {
  /** Unique in a run: the change's id and a word. */
  key: string;
  change: Id;
  /** Keys of steps that must have succeeded before. */
  after: string[];
} & Op;

export type Op =
  /** Lines of an `ip -batch`; a later line must be harmless when an earlier one failed. */
  | { tool: 'ip'; lines: string[] }
  /** Lines of an `ip -batch` of their own, which ends at the first that fails: a later one counts on it. */
  | { tool: 'ip'; lines: string[]; strict: true }
  /** Waits until IPv6 addresses of the link are in use: the kernel does so some time after it has them. */
  | { tool: 'settle'; link: string; addresses: string[] }
  /** Removal of a link by its index: the executor uses one group deletion for many. */
  | { tool: 'ip-delete'; index: number }
  | { tool: 'ovs'; op: OvsOp }
  | { tool: 'sysctl'; writes: readonly SysctlWrite[] }
  /** Rules of one owner; all of a phase go in one transaction. */
  | { tool: 'nft'; op: NftOp }
  | { tool: 'service'; op: ServiceOp }
  | { tool: 'virsh'; op: LibvirtOp }
  /** Owner of a macvtap's character device. */
  | { tool: 'node'; link: string; uid: number | null; gid: number | null };

/** A write below /proc/sys. */
export interface SysctlWrite {
  path: string;
  value: string;
  /** A kernel that has no such setting needs none. */
  optional?: true;
}

export type OvsOp =
  | { do: 'addBridge'; name: string; datapath: OvsDatapath; externalIds: Record<string, string> }
  | { do: 'setBridge'; uuid: string; datapath: OvsDatapath; externalIds: Record<string, string> }
  | { do: 'deleteBridge'; uuid: string }
  | {
      do: 'addPort';
      bridge: string;
      name: string;
      /** The link whose index is recorded with the port; null where ovs-vswitchd makes it, of the type `internal`. */
      link: string | null;
      settings: OvsPortSettings;
      portExternalIds: Record<string, string>;
    }
  | {
      do: 'setPort';
      uuid: string;
      interface: string;
      settings: OvsPortSettings;
      portExternalIds: Record<string, string>;
    }
  | { do: 'deletePort'; uuid: string; bridge: string }
  /** What ovs-vswitchd gives the link of an internal port, at once and whenever it makes it; null leaves it as it is. */
  | { do: 'setInterface'; name: string; mac: string | null; mtu: number | null };

/** Columns of the Port row, and the Interface row's external_ids. */
export interface OvsPortSettings {
  tag: number | null;
  trunks: number[];
  vlanMode: string | null;
  protected: boolean;
  interfaceExternalIds: Record<string, string>;
}

/** `owner` is the name of a firewall resource; `link` the link whose traffic is led to its chains, null for the host's. */
export type NftOp =
  | { do: 'set'; owner: string; link: string | null; rules: readonly FirewallRule[] }
  | { do: 'remove'; owner: string };

export type ServiceOp =
  /** Starts one, and ends before that whatever runs under the name. */
  | { do: 'start'; name: string; spec: ServiceSpec }
  /** Files are written and the process is told to read them again. */
  | { do: 'reload'; name: string; spec: ServiceSpec }
  /** Ends it, and removes its files. */
  | { do: 'remove'; name: string };

/** `name` is the network's, and `uuid` the one by which libvirt is told of it, so that a stranger of its name is not meant. */
export type LibvirtOp = { name: string; uuid: string } & (
  | { do: 'define'; spec: LibvirtNetworkSpec }
  | { do: 'undefine' }
  | { do: 'start' }
  /** Ends it, unless guests are connected to it by then. */
  | { do: 'stop' }
  /** What libvirt takes of a network that runs. In this order: one default port group goes before another comes. */
  | { do: 'update'; updates: readonly LibvirtUpdate[] }
);

/** A `virsh net-update --live`. */
export type LibvirtUpdate =
  | { section: 'portgroup'; command: 'add' | 'modify' | 'delete'; portGroup: LibvirtPortGroup }
  | { section: 'forward-interface'; command: 'add'; device: string };
