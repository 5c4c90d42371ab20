import type { PortGroup, Realisation, RealisationOf, Vlan } from '../desired/documents.ts';
import type { HostNetwork } from '../desired/fleet.ts';
import type { Source } from '../model/problem.ts';
import type { LibvirtContent, LibvirtPortGroup, LibvirtVlan } from '../model/specs.ts';
import { shortfalls } from './support.ts';

/** Something that a `<network>` cannot say, or that Plumbline gives git's guests only. */
export interface Unsaid {
  code:
    | 'libvirt-no-pool'
    | 'libvirt-device-unknown'
    | 'libvirt-max-guests'
    | 'libvirt-mtu'
    | 'libvirt-isolation'
    | 'libvirt-port-group';
  message: string;
  source: Source;
  /** Guests that libvirt alone knows get less than the documents say: worth a warning in a plan. */
  weighs: boolean;
}

/** What libvirt is told of a network of this host; null where it would be something else than the documents say. */
export interface LibvirtWords {
  content: LibvirtContent | null;
  unsaid: Unsaid[];
}

/** The link's name for a device of a pool, or why it has none. */
export type DeviceName = (reference: string) => { name: string } | { missing: string };

/**
 * A realisation in libvirt's words (formatnetwork, Using an existing host bridge; formatnetwork, Connectivity). Addresses
 * and their services are Plumbline's also on a `virtual` network: libvirt only puts guests into its bridge.
 */
export function libvirtWords(network: HostNetwork, deviceName: DeviceName): LibvirtWords {
  const { entry } = network;
  const unsaid: Unsaid[] = [];
  const base = baseOf(network, deviceName, unsaid);
  sayMtu(network, unsaid);
  const groups = network.network?.spec.portGroups ?? [];
  const isolated = wholeIsolated(entry, groups);
  const portGroups: LibvirtPortGroup[] = [];
  let safe = true;
  for (const group of groups) {
    const why = reasonAgainst(entry, group, isolated);
    if (why === null) portGroups.push(portGroupOf(entry, group));
    else {
      const isDefault = group.default === true;
      // Whoever names no port group would get less than the documents say.
      if (isDefault) safe = false;
      unsaid.push({
        code: group.isolated === true ? 'libvirt-isolation' : 'libvirt-port-group',
        message: `port group ${group.name} of ${network.name} ${why}: ${isDefault ? 'it is the default, so libvirt is not told of the network at all' : 'libvirt is told of the network without it'}`,
        source: network.network?.at(['spec', 'portGroups', groups.indexOf(group)]) ?? network.at([]),
        weighs: true,
      });
    }
  }
  if (base === null || !safe) return { content: null, unsaid };
  return { content: { ...base, isolated, portGroups, other: [] }, unsaid };
}

type Base = Pick<LibvirtContent, 'mode' | 'bridge' | 'devices' | 'openvswitch'>;

function baseOf(network: HostNetwork, deviceName: DeviceName, unsaid: Unsaid[]): Base | null {
  const { entry } = network;
  switch (entry.type) {
    case 'bridge':
    case 'virtual':
      return { mode: 'bridge', bridge: entry.bridge, devices: [], openvswitch: false };
    case 'openvswitch':
      return { mode: 'bridge', bridge: entry.bridge, devices: [], openvswitch: true };
    case 'direct':
      return poolOf(network, entry, deviceName, unsaid);
  }
}

function poolOf(
  network: HostNetwork,
  entry: RealisationOf<'direct'>,
  deviceName: DeviceName,
  unsaid: Unsaid[],
): Base | null {
  const devices = new Set<string>();
  for (const [i, { device, maxGuests }] of entry.pool.entries()) {
    const found = deviceName(device);
    const source = network.at(['pool', i]);
    if ('missing' in found) {
      unsaid.push({
        code: 'libvirt-device-unknown',
        message: `${device} of the pool of ${network.name}: ${found.missing}`,
        source,
        weighs: false,
      });
      continue;
    }
    devices.add(found.name);
    if (maxGuests !== undefined && entry.mode !== 'passthrough') {
      unsaid.push({
        code: 'libvirt-max-guests',
        message: `maxGuests ${maxGuests} of ${device} in ${network.name}: libvirt counts no guests, so it holds for those of git only`,
        source,
        weighs: false,
      });
    }
  }
  if (devices.size > 0) {
    return { mode: entry.mode, bridge: null, devices: [...devices], openvswitch: false };
  }
  unsaid.push({
    code: 'libvirt-no-pool',
    message: `libvirt is not told of ${network.name}: no link of its pool is known`,
    source: network.at(['pool']),
    weighs: true,
  });
  return null;
}

/** libvirt takes an MTU for networks that it makes itself only; a tap gets its bridge's, a macvtap its parent's. */
function sayMtu(network: HostNetwork, unsaid: Unsaid[]): void {
  const { entry } = network;
  const mtu = network.network?.spec.mtu;
  const managed = entry.type === 'virtual' || (entry.type === 'bridge' && entry.manage === true);
  if (mtu === undefined || managed) return;
  const of = entry.type === 'direct' ? 'the link that it is on' : entry.bridge;
  unsaid.push({
    code: 'libvirt-mtu',
    message: `mtu ${mtu} of ${network.name}: libvirt gives a guest that of ${of}`,
    source: network.network?.at(['spec', 'mtu']) ?? network.at([]),
    weighs: false,
  });
}

/**
 * libvirt isolates all guests of a network or none (`<port isolated>` of a port group is refused by its schema), on
 * Linux bridges; of those that name no port group the default must say the same.
 */
function wholeIsolated(entry: Realisation, groups: readonly PortGroup[]): boolean {
  if (entry.type !== 'bridge' && entry.type !== 'virtual') return false;
  return groups.some((one) => one.default === true) && groups.every((one) => one.isolated === true);
}

function reasonAgainst(entry: Realisation, group: PortGroup, whole: boolean): string | null {
  const [shortfall] = shortfalls(entry, group);
  if (shortfall !== undefined) return shortfall.message;
  // A macvtap in private mode is isolated by its mode.
  if (group.isolated !== true || whole || entry.type === 'direct') return null;
  return entry.type === 'openvswitch'
    ? 'is isolated, which libvirt cannot say of Open vSwitch'
    : 'is isolated, which libvirt can say of a whole network only';
}

function portGroupOf(entry: Realisation, group: PortGroup): LibvirtPortGroup {
  const vlan = entry.type === 'openvswitch' && group.vlan !== undefined ? vlanOf(group.vlan) : null;
  return { name: group.name, default: group.default === true, vlan };
}

/** The native VLAN is one of the trunk's in libvirt's words, and carried by it anyway. */
function vlanOf(vlan: Vlan): LibvirtVlan {
  if ('tag' in vlan) return { trunk: false, tags: [vlan.tag], native: null };
  const tags = new Set(vlan.native === undefined ? vlan.trunk : [...vlan.trunk, vlan.native]);
  return { trunk: true, tags: [...tags].sort((a, b) => a - b), native: vlan.native ?? null };
}
