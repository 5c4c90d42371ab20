import type { Good } from '../desired-state.ts';
import { mixFleet } from './mix-fleet.ts';

/** The state to which a host goes back: host and networks of `settled`, the guests of `current`. */
export function mixGood(current: Good, settled: Good): Good {
  const mixed = mixFleet(current.loaded.fleet, settled.loaded.fleet, settled.host);
  return {
    ...settled,
    // Not the settled state itself: that has other guests.
    id: `${settled.id} with the guests of ${current.id}`,
    loaded: { ...settled.loaded, fleet: mixed.fleet, checked: null },
    notices: [...settled.notices, ...mixed.problems],
    leave: mixed.leave,
  };
}
