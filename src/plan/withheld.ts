import { guestOfOwner } from '../model/mark.ts';
import type { Withheld } from '../model/plan.ts';
import type { AnyObserved, AnyWanted, Id } from '../model/resource.ts';
import type { Gating } from './gating.ts';
import { close } from './gating.ts';

/**
 * Holds back what the controller leaves alone for now: changes of these ids, and all that is a paused guest's own. No
 * permission overrides it. What they stand on is not made anew either, for that would touch them.
 */
export function gateWithheld(
  gating: Gating,
  withheld: ReadonlyMap<Id, Withheld>,
  pausedGuests: ReadonlySet<string>,
): void {
  if (withheld.size === 0 && pausedGuests.size === 0) return;
  const whyOf = (one: AnyWanted | AnyObserved): Withheld | undefined =>
    guestsOf(one).some((guest) => pausedGuests.has(guest)) ? 'paused' : withheld.get(one.id);

  for (const { id, before, after, action } of gating.drafts.values()) {
    const touched = [before, after].filter((one) => one !== null);
    if (action === 'replace') touched.push(...gating.graph.dependents(id));
    const why = touched.map(whyOf).find((one) => one !== undefined);
    if (why !== undefined) close(gating, id, { is: 'held', why, held: null });
  }
}

/** Whose it is: by its mark where it stands, by the documents where it is wanted. */
function guestsOf(one: AnyWanted | AnyObserved): string[] {
  if ('guests' in one) return one.guests;
  const guest = one.mark.is === 'ours' ? guestOfOwner(one.mark.owner) : null;
  return guest === null ? [] : [guest.guest];
}
