import type { DocumentKind } from '../desired/documents.ts';
import type { Fleet, HostNetwork, ResolvedGuest, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import { resolveGuests, resolveHost } from '../desired/resolve.ts';
import { placesOf } from '../desired/served-guests.ts';

/** A guest's interface on a host where it is placed, migrates to or stands by. */
export interface Attachment {
  guest: ResolvedGuest;
  iface: ResolvedInterface;
  host: ResolvedHost;
  /** undefined when the host does not realise the interface's network. */
  network: HostNetwork | undefined;
  /** It takes no place there, and publishes nothing. */
  standby: boolean;
}

/** A fleet with everything resolved once, for all rules to read. */
export interface CheckContext {
  fleet: Fleet;
  hosts: ReadonlyMap<string, ResolvedHost>;
  /** In name order. */
  guests: readonly ResolvedGuest[];
  /** By host name, guests in name order. */
  attachments: ReadonlyMap<string, readonly Attachment[]>;
  /** Whether a reference to nothing may be told: not when what it names stands in a broken document. */
  isMissing(kind: DocumentKind, name: string): boolean;
}

export function checkContext(fleet: Fleet): CheckContext {
  const hosts = new Map<string, ResolvedHost>();
  for (const name of fleet.hosts.keys()) {
    const host = resolveHost(fleet, name);
    if (host !== undefined) hosts.set(name, host);
  }
  const guests = resolveGuests(fleet);
  return {
    fleet,
    hosts,
    guests,
    attachments: attach(guests, hosts),
    isMissing: (kind, name) =>
      !documentsOf(fleet, kind).has(name) && !fleet.broken.has(`${kind}/${name}`) && !fleet.unreadable,
  };
}

function attach(
  guests: readonly ResolvedGuest[],
  hosts: ReadonlyMap<string, ResolvedHost>,
): Map<string, Attachment[]> {
  const attachments = new Map<string, Attachment[]>();
  for (const guest of guests) {
    const places = placesOf(guest);
    for (const name of [...places, ...new Set(guest.standby)]) {
      const host = hosts.get(name);
      const standby = !places.includes(name);
      if (host === undefined) continue;
      const there = attachments.get(name) ?? [];
      attachments.set(name, there);
      for (const iface of guest.interfaces) {
        there.push({ guest, iface, host, network: host.networks.get(iface.network), standby });
      }
    }
  }
  return attachments;
}

/** Documents by name; a fleet has at most one Fleet, which nothing refers to. */
export function documentsOf(fleet: Fleet, kind: DocumentKind): ReadonlyMap<string, unknown> {
  switch (kind) {
    case 'Fleet':
      return new Map();
    case 'Network':
      return fleet.networks;
    case 'Host':
      return fleet.hosts;
    case 'HostClass':
      return fleet.classes;
    case 'Guest':
      return fleet.guests;
    case 'Placement':
      return fleet.placements;
  }
}
