import type { Document, Fleet } from '../desired/fleet.ts';
import { classesOf } from '../desired/resolve.ts';

/**
 * Which documents bear on one host: the Fleet, its Host and classes, the networks that it realises, the guests that
 * are placed on it or migrate to it with their Placements, and what they refer to. Takes `Kind/name`, of documents
 * that are broken and left out of the fleet as well.
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
  const isHere = (guest: string): boolean => {
    const now = places(fleet, guest);
    const before = lastGood === null ? null : places(lastGood, guest);
    if (now === null && lastGood === null) return true;
    return (now?.includes(host) ?? false) || (before?.includes(host) ?? false);
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

/** The hosts that a guest's documents name, by whichever of them; null when the document that would is left out. */
function places(fleet: Fleet, guest: string): string[] | null {
  const documents = [fleet.guests.get(guest), fleet.placements.get(guest)];
  const hosts = documents.flatMap((one) => [one?.spec.host ?? [], one?.spec.migratingTo ?? []].flat());
  const broken = ['Guest', 'Placement'].some((kind) => fleet.broken.has(`${kind}/${guest}`));
  return hosts.length === 0 && broken ? null : hosts;
}
