import type { ResolvedGuest } from '../desired/fleet.ts';
import type { PlacementView } from './view.ts';

/**
 * Guests by what decides where they can be, so that each kind is held against each host once. One that has something of
 * its own that can be taken there (an address, a published port, a name that a link has) is a kind by itself.
 */
export function kindsOf(view: PlacementView, guests: readonly ResolvedGuest[]): ResolvedGuest[][] {
  const kinds = new Map<string, ResolvedGuest[]>();
  const names = linkNames(view);
  for (const guest of guests) {
    const key = isPlain(view, guest, names) ? shapeOf(guest) : guest.name;
    const there = kinds.get(key);
    if (there === undefined) kinds.set(key, [guest]);
    else there.push(guest);
  }
  return [...kinds.values()];
}

/** No guest's name begins with a bracket. */
function shapeOf({ interfaces }: ResolvedGuest): string {
  return JSON.stringify(interfaces.map(({ network, portGroup }) => [network, portGroup?.name]));
}

function isPlain(view: PlacementView, guest: ResolvedGuest, names: ReadonlySet<string>): boolean {
  return (
    view.guestErrors(guest.name).length === 0 &&
    guest.interfaces.every(
      ({ addresses, publish, device, altname }) =>
        addresses.length === 0 &&
        publish.length === 0 &&
        !names.has(device) &&
        (altname === null || !names.has(altname)),
    )
  );
}

function linkNames(view: PlacementView): Set<string> {
  const names = new Set<string>();
  for (const host of view.hosts.values()) for (const name of view.links(host).keys()) names.add(name);
  return names;
}
