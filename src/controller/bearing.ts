import type { Document, Fleet } from '../desired/fleet.ts';
import { classesOf } from '../desired/resolve.ts';
import { isIsland, serveSettings } from '../desired/serve-settings.ts';

/**
 * Which documents bear on one host: the Fleet, its Host and classes, the networks that it realises, the guests that
 * are placed on it or migrate to it with their Placements, and what they refer to; of a segment that it serves, the
 * guests of all hosts that have an address of their own there, for it has their reservations. Takes `Kind/name`, of
 * documents that are broken and left out of the fleet as well.
 *
 * `lastGood` is the fleet that the host is kept at. A guest that it places here counts as placed here still: what is
 * wrong with its new document must not cost it its device. Without one, a guest that no readable document places may
 * be meant for any host.
 */
export function bearingOn(fleet: Fleet, host: string, lastGood: Fleet | null): (document: string) => boolean {
  const own = fleet.hosts.get(host);
  const classes = new Set(own?.spec.classes ?? []);
  const networks = new Set(own === undefined ? [] : realisedNetworks(fleet, own));
  for (const guest of fleet.guests.values()) {
    if (!places(fleet, guest.name)?.includes(host)) continue;
    for (const { network } of guest.spec.interfaces) networks.add(network);
  }
  const served = own === undefined ? new Set<string>() : servedSegments(fleet, own);
  const isReserved = (guest: string): boolean =>
    served.size > 0 && [fleet, lastGood].some((one) => hasAddress(one?.guests.get(guest), served));
  const isHere = (guest: string): boolean => {
    const now = places(fleet, guest);
    const before = lastGood === null ? null : places(lastGood, guest);
    if (now === null && lastGood === null) return true;
    return (now?.includes(host) ?? false) || (before?.includes(host) ?? false) || isReserved(guest);
  };
  return (document) => {
    const slash = document.indexOf('/');
    const name = document.slice(slash + 1);
    switch (document.slice(0, slash)) {
      case 'Host':
        return name === host;
      case 'HostClass':
        return classes.has(name);
      case 'Network':
        return networks.has(name);
      case 'Guest':
      case 'Placement':
        return isHere(name);
      default:
        return true;
    }
  };
}

function realisedNetworks(fleet: Fleet, host: Document<'Host'>): string[] {
  return [host, ...classesOf(fleet, host)].flatMap(({ spec }) => Object.keys(spec.networks ?? {}));
}

/** Networks on which this host serves guests that are not its own. */
function servedSegments(fleet: Fleet, host: Document<'Host'>): Set<string> {
  const entries = [host, ...classesOf(fleet, host)].flatMap(({ spec }) =>
    Object.entries(spec.networks ?? {}),
  );
  return new Set(
    entries.flatMap(([name, entry]) => (isIsland(entry) || serveSettings(entry) === null ? [] : [name])),
  );
}

function hasAddress(guest: Document<'Guest'> | undefined, networks: ReadonlySet<string>): boolean {
  return (guest?.spec.interfaces ?? []).some(
    ({ network, addresses }) => networks.has(network) && (addresses ?? []).length > 0,
  );
}

/** The hosts that a guest's documents name, by whichever of them; null when the document that would is left out. */
function places(fleet: Fleet, guest: string): string[] | null {
  const documents = [fleet.guests.get(guest), fleet.placements.get(guest)];
  const hosts = documents.flatMap((one) => [one?.spec.host ?? [], one?.spec.migratingTo ?? []].flat());
  hosts.push(...(fleet.guests.get(guest)?.spec.standby ?? []));
  const broken = ['Guest', 'Placement'].some((kind) => fleet.broken.has(`${kind}/${guest}`));
  return hosts.length === 0 && broken ? null : hosts;
}
