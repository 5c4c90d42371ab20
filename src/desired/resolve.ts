import { byName } from '../model/by-name.ts';
import { derivedDeviceName, derivedGuestMac } from '../model/identity.ts';
import { normalAddress } from '../model/ip.ts';
import { compareText } from '../model/order.ts';
import { normalMac } from '../model/tokens.ts';
import type { DeviceMatch, PortGroup, Publish, Realisation } from './documents.ts';
import type {
  Document,
  Fleet,
  HostNetwork,
  PublishedPort,
  ResolvedGuest,
  ResolvedHost,
  ResolvedInterface,
} from './fleet.ts';

/**
 * Documents to what they mean: classes merged, defaults and derived names filled in. All of it bears a fleet with
 * broken references, which are for `check` to tell.
 */

/** A host with its classes merged; undefined when the fleet does not know it. */
export function resolveHost(fleet: Fleet, name: string): ResolvedHost | undefined {
  const document = fleet.hosts.get(name);
  if (document === undefined) return undefined;
  const classes = classesOf(fleet, document);
  const networks: HostNetwork[] = [];
  const taken = new Set<string>();
  // Whole entries: the host's own wins, then that of the first class that has one.
  for (const layer of [document, ...classes]) {
    for (const [network, entry] of Object.entries(layer.spec.networks ?? {})) {
      if (taken.has(network)) continue;
      taken.add(network);
      networks.push(hostNetwork(fleet, network, entry, layer));
    }
  }
  networks.sort((a, b) => compareText(a.name, b.name));
  return {
    name,
    document,
    guestDevices: first([document, ...classes], ({ spec }) => spec.guestDevices),
    safety: first([document, ...classes], ({ spec }) => spec.safety),
    controller: document.spec.controller ?? null,
    libvirt: first([document, ...classes], ({ spec }) => spec.libvirt),
    devices: devicesOf(document),
    networks: byName(networks),
  };
}

/** What the first layer says that says anything. */
function first<L, T>(layers: readonly L[], of: (layer: L) => T | undefined): T | null {
  for (const layer of layers) {
    const value = of(layer);
    if (value !== undefined) return value;
  }
  return null;
}

/** The classes of a host that exist, each once, in the order in which it names them. */
export function classesOf(fleet: Fleet, host: Document<'Host'>): Document<'HostClass'>[] {
  return [...new Set(host.spec.classes ?? [])].flatMap((name) => fleet.classes.get(name) ?? []);
}

/** What a network is on a host, by itself or by class; undefined when one does not know the other. */
export function networkEntry(fleet: Fleet, host: string, network: string): Realisation | undefined {
  const document = fleet.hosts.get(host);
  if (document === undefined) return undefined;
  const layers = [document, ...classesOf(fleet, document)];
  return layers.find(({ spec }) => Object.hasOwn(spec.networks ?? {}, network))?.spec.networks?.[network];
}

function hostNetwork(
  fleet: Fleet,
  name: string,
  entry: Realisation,
  document: Document<'Host'> | Document<'HostClass'>,
): HostNetwork {
  const network = fleet.networks.get(name);
  return { name, network, entry, document, at: (path) => document.at(['spec', 'networks', name, ...path]) };
}

/** Without a prototype: a device may be called `constructor`, and a name that is not there must give nothing. */
function devicesOf(host: Document<'Host'>): ResolvedHost['devices'] {
  const devices: Record<string, { match: DeviceMatch | null; maxGuests: number | null }> =
    Object.create(null);
  for (const [name, { match, maxGuests }] of Object.entries(host.spec.devices ?? {})) {
    devices[name] = { match: match ? normalMatch(match) : null, maxGuests: maxGuests ?? null };
  }
  return devices;
}

function normalMatch(match: DeviceMatch): DeviceMatch {
  return 'mac' in match ? { mac: normalMac(match.mac) } : match;
}

/** A guest and where it is; undefined when the fleet does not know it. */
export function resolveGuest(fleet: Fleet, name: string): ResolvedGuest | undefined {
  const document = fleet.guests.get(name);
  return document && resolved(fleet, document);
}

/** Of each fleet, which nothing changes once it is loaded: `check` and each plan of a run read the same guests. */
const resolvedFleets = new WeakMap<Fleet, ResolvedGuest[]>();

/** All guests, in name order. */
export function resolveGuests(fleet: Fleet): readonly ResolvedGuest[] {
  const known = resolvedFleets.get(fleet);
  if (known !== undefined) return known;
  const guests: ResolvedGuest[] = [];
  for (const document of fleet.guests.values()) guests.push(resolved(fleet, document));
  resolvedFleets.set(fleet, guests);
  return guests;
}

/** The guests that have a device on a host, or are to have one, in name order; see `presenceOn` for what they are there. */
export function guestsOn(fleet: Fleet, host: string): ResolvedGuest[] {
  return resolveGuests(fleet).filter((guest) => presenceOn(guest, host) !== null);
}

/**
 * What a guest is on a host: `placed` there and, as `leaving`, migrating away; `incoming` by migratingTo; `claimed` by
 * the host's runtime, whatever git says; `standby`, where it may be started without a commit.
 */
export type Presence = 'placed' | 'leaving' | 'incoming' | 'claimed' | 'standby';

/** null where it is nothing. */
export function presenceOn(
  { host: placedOn, migratingTo, claimedOn, standby }: ResolvedGuest,
  host: string,
): Presence | null {
  if (claimedOn === host) return 'claimed';
  if (placedOn === host) return migratingTo === null ? 'placed' : 'leaving';
  if (migratingTo === host) return 'incoming';
  return standby.includes(host) ? 'standby' : null;
}

/** Of each fleet, the last one that was asked for: a controller asks for the same with each run. */
const claimedFleets = new WeakMap<Fleet, { key: string; fleet: Fleet }>();

/** The same fleet with what a host's runtime claims for it. */
export function withClaims(fleet: Fleet, host: string, guests: readonly string[]): Fleet {
  if (guests.length === 0) return fleet;
  const key = [host, ...guests].join(' ');
  const known = claimedFleets.get(fleet);
  if (known?.key === key) return known.fleet;
  const claimed = { ...fleet, claims: { host, guests: new Set(guests) } };
  claimedFleets.set(fleet, { key, fleet: claimed });
  return claimed;
}

/** A guest that its own document places is there, whatever a Placement says besides (which `check` refuses). */
function placementOf(
  fleet: Fleet,
  guest: Document<'Guest'>,
): Document<'Guest'> | Document<'Placement'> | undefined {
  return guest.spec.host === undefined ? fleet.placements.get(guest.name) : guest;
}

function resolved(fleet: Fleet, document: Document<'Guest'>): ResolvedGuest {
  const placedBy = placementOf(fleet, document) ?? null;
  const host = placedBy?.spec.host ?? null;
  const migratingTo = placedBy?.spec.migratingTo ?? null;
  const standby = document.spec.standby?.filter((one) => one !== host && one !== migratingTo) ?? [];
  return {
    name: document.name,
    document,
    host,
    migratingTo,
    standby,
    claimedOn: fleet.claims?.guests.has(document.name) ? fleet.claims.host : null,
    placedBy,
    interfaces: document.spec.interfaces.map((_, index) => resolvedInterface(fleet, document, index)),
  };
}

const NONE: readonly never[] = [];

function resolvedInterface(fleet: Fleet, guest: Document<'Guest'>, index: number): ResolvedInterface {
  const { name, network, portGroup, mac, device, id, queues, addresses, publish } = guest.spec.interfaces[
    index
  ] ?? {
    name: '',
    network: '',
  };
  const derived =
    device === undefined ? derivedDeviceName(guest.name, name) : { name: device, altname: null };
  return {
    guest: guest.name,
    name,
    key: `${guest.name}/${name}`,
    network,
    portGroup: portGroupOf(fleet.networks.get(network), portGroup),
    mac: mac === undefined ? derivedGuestMac(guest.name, name) : normalMac(mac),
    device: derived.name,
    altname: derived.altname,
    statedId: id?.toLowerCase() ?? null,
    queues: queues ?? 1,
    guestUuid: guest.spec.uuid?.toLowerCase() ?? null,
    adopt: guest.spec.adopt ?? false,
    addresses: addresses?.map(normalAddress) ?? NONE,
    publish: publish?.map(publishedPort) ?? NONE,
    at: (path) => guest.at(['spec', 'interfaces', index, ...path]),
  };
}

function publishedPort({ protocol, port, to, address }: Publish): PublishedPort {
  return { protocol, port, to: to ?? port, address: address === undefined ? null : normalAddress(address) };
}

/** The port group that is named, else the network's default. */
export function portGroupOf(
  network: Document<'Network'> | undefined,
  name: string | undefined,
): PortGroup | null {
  const groups = network?.spec.portGroups;
  if (groups === undefined) return null;
  return groups.find((group) => (name === undefined ? group.default === true : group.name === name)) ?? null;
}
