import { familyOf } from '../model/ip.ts';
import { compareText } from '../model/order.ts';
import type { Realisation } from './documents.ts';
import type { Fleet, ResolvedGuest, ResolvedInterface } from './fleet.ts';
import { networkEntry, resolveGuests } from './resolve.ts';
import { isIsland } from './serve-settings.ts';
import type { Published, Reservation } from './serving.ts';

interface Member {
  guest: ResolvedGuest;
  iface: ResolvedInterface;
  /** The guest's first on the network. */
  isFirst: boolean;
}

/** Of each fleet, which nothing changes once it is loaded. */
const membersOfFleets = new WeakMap<Fleet, Map<string, Member[]>>();

/** The interfaces on a network, wherever their guests are, by the names of guests and interfaces. */
function membersOf(fleet: Fleet, network: string): readonly Member[] {
  const known = membersOfFleets.get(fleet) ?? allMembers(fleet);
  membersOfFleets.set(fleet, known);
  return known.get(network) ?? [];
}

function allMembers(fleet: Fleet): Map<string, Member[]> {
  const members = new Map<string, Member[]>();
  for (const guest of resolveGuests(fleet)) {
    const seen = new Set<string>();
    const own = guest.interfaces.map((iface) => {
      const isFirst = !seen.has(iface.network);
      seen.add(iface.network);
      return { guest, iface, isFirst };
    });
    for (const member of own.sort((a, b) => compareText(a.iface.name, b.iface.name))) {
      const there = members.get(member.iface.network);
      if (there === undefined) members.set(member.iface.network, [member]);
      else there.push(member);
    }
  }
  return members;
}

/** A guest's name in DNS: its own for its first interface on a network, with the interface's behind it for others. */
export function dnsName(guest: string, iface: string, isFirst: boolean): string {
  return isFirst ? guest : `${guest}-${iface}`;
}

/** The hosts that a guest is on, migrates to or is claimed by, each once. */
export function placesOf({
  host,
  migratingTo,
  claimedOn,
}: Pick<ResolvedGuest, 'host' | 'migratingTo' | 'claimedOn'>): string[] {
  const places =
    host === null ? [] : migratingTo === null || migratingTo === host ? [host] : [host, migratingTo];
  return claimedOn === null || places.includes(claimedOn) ? places : [...places, claimedOn];
}

/** The names that a network's guests have in its DNS, or can ask for by DHCP. */
export function dnsNamesOf(fleet: Fleet, network: string): Set<string> {
  return new Set(
    membersOf(fleet, network).map(({ guest, iface, isFirst }) => dnsName(guest.name, iface.name, isFirst)),
  );
}

/**
 * The guests with addresses of their own that a host has to know: on an island those that are there, on a segment that
 * others share all of the fleet, so that each host that serves it says the same of them.
 */
export function reservationsOf(
  fleet: Fleet,
  host: string,
  network: string,
  entry: Realisation,
): Reservation[] {
  return membersOf(fleet, network)
    .filter(({ guest, iface }) => {
      if (iface.addresses.length === 0) return false;
      if (isIsland(entry)) return placesOf(guest).includes(host);
      return !isOnlyOnIslands(fleet, guest, network);
    })
    .map(({ guest, iface, isFirst }) => ({
      guest: guest.name,
      interface: iface.name,
      mac: iface.mac,
      name: dnsName(guest.name, iface.name, isFirst),
      addresses: iface.addresses,
    }));
}

function isOnlyOnIslands(fleet: Fleet, guest: ResolvedGuest, network: string): boolean {
  const places = placesOf(guest);
  return (
    places.length > 0 &&
    places.every((place) => {
      const entry = networkEntry(fleet, place, network);
      return entry !== undefined && isIsland(entry);
    })
  );
}

/** Virtual networks of two hosts are two segments, so on them one address or name can be two guests'. */
export function areApart(fleet: Fleet, a: ResolvedGuest, b: ResolvedGuest, network: string): boolean {
  const places = placesOf(b);
  if (placesOf(a).some((place) => places.includes(place))) return false;
  return isOnlyOnIslands(fleet, a, network) && isOnlyOnIslands(fleet, b, network);
}

/** What the guests on a host publish of themselves there. Without an address there is nowhere to send it to. */
export function publishedOn(fleet: Fleet, host: string, network: string): Published[] {
  return membersOf(fleet, network).flatMap(({ guest, iface }) => {
    if (iface.publish.length === 0 || !placesOf(guest).includes(host)) return [];
    const targets = ([4, 6] as const).flatMap(
      (family) => iface.addresses.find((address) => familyOf(address) === family) ?? [],
    );
    return iface.publish.map((port, index) => ({
      guest: guest.name,
      interface: iface.name,
      ...port,
      // One family has the host's address, if one is stated.
      targets: targets.filter(
        (target) => port.address === null || familyOf(target) === familyOf(port.address),
      ),
      source: iface.at(['publish', index]),
    }));
  });
}
