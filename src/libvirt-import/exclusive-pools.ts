import { resolveGuests } from '../desired/resolve.ts';
import type { Draft, Origin } from './draft.ts';
import { knownNetworks } from './draft.ts';

/** A guest that libvirt has defined and could not start beside the others. */
export interface Unplaced {
  guest: string;
  origin: Origin;
  reason: string;
}

/**
 * In passthrough mode a device is one guest's, and libvirt has more domains defined than it could run: the first, by
 * name, are placed on the host, the others nowhere.
 */
export function placeWithinPools(draft: Draft): Unplaced[] {
  const unplaced: Unplaced[] = [];
  for (const { name, entry } of knownNetworks(draft)) {
    if (entry.type !== 'direct' || entry.mode !== 'passthrough') continue;
    let room = entry.pool.length - standingOn(draft, name);
    for (const guest of [...draft.guests.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (guest.spec.host === undefined) continue;
      const wanted = guest.spec.interfaces.filter(({ network }) => network === name).length;
      if (wanted <= room) {
        room -= wanted;
        continue;
      }
      delete guest.spec.host;
      const reason = `it is placed nowhere: the devices of network ${name} are taken by other guests, one each`;
      unplaced.push({ guest: guest.name, origin: guest.origin, reason });
    }
  }
  return unplaced;
}

/** Interfaces of guests that the documents have on the host already. */
function standingOn({ existing, host, guests }: Draft, network: string): number {
  if (existing === null) return 0;
  return resolveGuests(existing)
    .filter((guest) => !guests.has(guest.name) && (guest.host === host || guest.migratingTo === host))
    .flatMap(({ interfaces }) => interfaces)
    .filter((iface) => iface.network === network).length;
}
