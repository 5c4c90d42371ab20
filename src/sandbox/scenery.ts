import type { DeviceMatch, Realisation } from '../desired/documents.ts';
import type { HostNetwork, ResolvedHost } from '../desired/fleet.ts';
import { serveSettings } from '../desired/serve-settings.ts';

/** A link that stands in for a physical device. */
export interface StandInNic {
  name: string;
  /** Stated where the documents know the device by it. */
  mac: string | null;
  altname: string | null;
  mtu: number;
}

export interface StandInBridge {
  name: string;
  mtu: number;
}

/** What a host's documents take for granted: the links and bridges that stand before Plumbline comes. */
export interface Scenery {
  nics: StandInNic[];
  /** Linux bridges that exist already. */
  bridges: StandInBridge[];
  /** Open vSwitch bridges that exist already. */
  ovsBridges: string[];
  /** Networks that need Open vSwitch. */
  ovsNetworks: string[];
  /** Networks whose guest devices are taps. */
  tapNetworks: string[];
  /** Networks that this host serves. */
  servedNetworks: string[];
}

/** The MTU of Ethernet (RFC 894): no stand-in has less, as no network without an `mtu` asks for less. */
const ETHERNET_MTU = 1500;

/** The scenery of a host, in the order of its networks. Pure. */
export function sceneryOf(host: ResolvedHost): Scenery {
  const nics = new Map<string, { match: DeviceMatch; reference: string; mtu: number }>();
  const bridges = new Map<string, StandInBridge>();
  const ovsBridges = new Set<string>();
  const ovsNetworks: string[] = [];
  const tapNetworks: string[] = [];
  const servedNetworks: string[] = [];
  for (const network of host.networks.values()) {
    const { entry } = network;
    const mtu = Math.max(ETHERNET_MTU, network.network?.spec.mtu ?? 0);
    for (const reference of devicesOf(network)) {
      const match = matchOf(host, reference);
      const key = JSON.stringify(match);
      nics.set(key, { match, reference, mtu: Math.max(mtu, nics.get(key)?.mtu ?? 0) });
    }
    if (entry.type === 'openvswitch') ovsNetworks.push(network.name);
    if (entry.type !== 'direct') tapNetworks.push(network.name);
    if (serveSettings(entry) !== null) servedNetworks.push(network.name);
    if (entry.type === 'direct' || entry.type === 'virtual' || entry.manage === true) continue;
    if (entry.type === 'openvswitch') ovsBridges.add(entry.bridge);
    else
      bridges.set(entry.bridge, {
        name: entry.bridge,
        mtu: Math.max(mtu, bridges.get(entry.bridge)?.mtu ?? 0),
      });
  }

  // Names that documents state come first: a device known by its MAC or altname takes what is left.
  const taken = new Set([...bridges.keys(), ...ovsBridges, ...managedBridges(host)]);
  const all = [...nics.values()];
  for (const { match } of all) if ('name' in match) taken.add(match.name);
  return {
    nics: all.map(({ match, reference, mtu }) => ({
      name: 'name' in match ? match.name : freeName(reference, taken),
      mac: 'mac' in match ? match.mac : null,
      altname: 'altname' in match ? match.altname : null,
      mtu,
    })),
    bridges: [...bridges.values()],
    ovsBridges: [...ovsBridges],
    ovsNetworks,
    tapNetworks,
    servedNetworks,
  };
}

/** The names by which a realisation refers to physical devices. */
function devicesOf({ entry }: HostNetwork): string[] {
  const outside = serveSettings(entry)?.device ?? null;
  return [...wiredDevices(entry), ...(outside === null ? [] : [outside])];
}

function wiredDevices(entry: Realisation): string[] {
  switch (entry.type) {
    case 'direct':
      return entry.pool.map(({ device }) => device);
    case 'bridge':
    case 'openvswitch':
      return entry.uplinks ?? [];
    case 'virtual':
      return [];
  }
}

/** A reference is a name from the host's `devices`, or a link's own. */
function matchOf(host: ResolvedHost, reference: string): DeviceMatch {
  return (
    (Object.hasOwn(host.devices, reference) ? host.devices[reference]?.match : null) ?? { name: reference }
  );
}

function managedBridges(host: ResolvedHost): string[] {
  return [...host.networks.values()].flatMap(({ entry }) => ('bridge' in entry ? [entry.bridge] : []));
}

/** The wanted name, else `nic0`, `nic1` …; it is taken from then on. */
function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let n = 0; taken.has(name); n++) name = `nic${n}`;
  taken.add(name);
  return name;
}
