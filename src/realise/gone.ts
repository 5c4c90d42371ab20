import type { ResolvedGuest } from '../desired/fleet.ts';
import type { Presence } from '../desired/resolve.ts';
import { isReleased } from '../model/mark.ts';
import type { Problem } from '../model/problem.ts';
import type { HostFacts } from './realisation.ts';
import { stanceOf } from './stance.ts';

/** The code of the notes below, for scripts. */
const GUEST_GONE = 'guest-gone';

/** Guests whose devices here are down because they have gone to another host: no drift, and nothing to repair. */
export function goneProblems(
  guests: readonly ResolvedGuest[],
  presence: ReadonlyMap<string, Presence>,
  facts: HostFacts,
): Problem[] {
  if (![...facts.links.values()].some(({ group }) => isReleased(group))) return [];
  return guests.flatMap(({ name, interfaces, migratingTo }): Problem[] => {
    const gone = interfaces.filter((iface) => stanceOf(iface, presence, facts).released !== null);
    const [first] = gone;
    if (first === undefined) return [];
    const devices = gone.map(({ device }) => device).join(', ');
    const moving = presence.get(name) === 'leaving' && migratingTo !== null;
    return [
      {
        code: GUEST_GONE,
        severity: 'warning',
        message: moving
          ? `${name} has gone to ${migratingTo}: ${devices} is down here until git ends the move`
          : `${name} has gone to another host: ${devices} is down here until git says where it is`,
        source: first.at([]),
        hint: moving
          ? `commit host: ${migratingTo} without migratingTo; or take migratingTo out, and it goes up again`
          : `commit its new host; if it is here after all: plumbline claim ${name}`,
      },
    ];
  });
}
