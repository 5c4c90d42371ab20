import type { PortGroup, Realisation, SpecOf } from '../desired/documents.ts';
import type { Fleet } from '../desired/fleet.ts';
import { networkEntry } from '../desired/resolve.ts';
import { derivedDeviceName } from '../model/identity.ts';
import { NAME_LABEL, Names } from './names.ts';
import type { Place } from './notes.ts';

/** A place in one of the files that are read. */
export interface Origin extends Place {
  file: string;
}

export interface NetworkDraft {
  name: string;
  /** libvirt's name, or the link's that it was made from. */
  original: string;
  origin: Origin;
  spec: SpecOf<'Network'>;
  entry: Realisation;
  /** libvirt's names of port groups, and ours. */
  groupNames: ReadonlyMap<string, string>;
  /** Addresses that its reservations keep out of its ranges. */
  reserved: readonly string[];
  /** Made by libvirt itself, which has to let go of it. */
  libvirtMakesIt: boolean;
}

export interface GuestDraft {
  name: string;
  original: string;
  origin: Origin;
  spec: SpecOf<'Guest'>;
}

/** What the files of an import come to, as it grows, beside the documents that stand already. */
export interface Draft {
  host: string;
  /** The machine's, where it is not the host's name. */
  hostname: string | null;
  existing: Fleet | null;
  networkNames: Names;
  guestNames: Names;
  networks: Map<string, NetworkDraft>;
  guests: Map<string, GuestDraft>;
  /** Whose each guest device is, by its name: that counts all over the fleet. */
  devices: Map<string, string>;
}

export function newDraft(
  { host, hostname, existing }: Pick<Draft, 'host' | 'hostname' | 'existing'>,
  originals: { networks: readonly string[]; guests: readonly string[] },
): Draft {
  const devices = new Map<string, string>();
  for (const { name, spec } of existing?.guests.values() ?? []) enterDevices(devices, name, spec);
  return {
    host,
    hostname,
    existing,
    networkNames: new Names('network', known(existing?.networks), originals.networks),
    guestNames: new Names('guest', known(existing?.guests), originals.guests),
    networks: new Map(),
    guests: new Map(),
    devices,
  };
}

export function addGuest({ guests, devices }: Draft, guest: GuestDraft): void {
  guests.set(guest.name, guest);
  enterDevices(devices, guest.name, guest.spec);
}

function enterDevices(devices: Map<string, string>, guest: string, { interfaces }: SpecOf<'Guest'>): void {
  for (const { name, device } of interfaces)
    devices.set(device ?? derivedDeviceName(guest, name).name, guest);
}

function* known(
  documents: ReadonlyMap<string, { name: string; labels: Record<string, string> }> | undefined,
): Iterable<readonly [string, string]> {
  for (const { name, labels } of documents?.values() ?? []) yield [name, labels[NAME_LABEL] ?? name];
}

/** A network on the host of the import: one of its files', or one that stands in the documents. */
export interface KnownNetwork {
  name: string;
  entry: Realisation;
  portGroups: readonly PortGroup[];
  groupNames: ReadonlyMap<string, string>;
  mtu: number | null;
}

/** In name order. */
export function knownNetworks(draft: Draft): KnownNetwork[] {
  const names = new Set([...(draft.existing?.networks.keys() ?? []), ...draft.networks.keys()]);
  return [...names].sort().flatMap((name) => knownNetwork(draft, name) ?? []);
}

/** null for one that is not realised on the host. */
export function knownNetwork({ host, existing, networks }: Draft, name: string): KnownNetwork | null {
  const fresh = networks.get(name);
  const standing = existing?.networks.get(name);
  const entry = fresh?.entry ?? (existing ? networkEntry(existing, host, name) : undefined);
  if (entry === undefined) return null;
  const groups = [...(standing?.spec.portGroups ?? []), ...(fresh?.spec.portGroups ?? [])];
  return {
    name,
    entry,
    portGroups: [...new Map(groups.map((group) => [group.name, group])).values()],
    groupNames: fresh?.groupNames ?? new Map(),
    mtu: fresh?.spec.mtu ?? standing?.spec.mtu ?? null,
  };
}
