import { check } from '../check/check.ts';
import type { Fleet } from '../desired/fleet.ts';
import { presenceOn, resolveGuest, withClaims } from '../desired/resolve.ts';
import type { Plan } from '../model/plan.ts';
import type { Claim } from './claims.ts';

/**
 * Why the documents do not let a guest run on a host, in the words of `check`; empty where they do. The pools' room is
 * for the host itself to tell.
 */
export function whyNotClaimable(fleet: Fleet, host: string, guest: string): string[] {
  const document = fleet.guests.get(guest);
  if (document === undefined) return [`the documents know no guest ${guest}`];
  const placement = fleet.placements.get(guest);
  const alone: Fleet = {
    ...fleet,
    guests: new Map([[guest, document]]),
    placements: new Map(placement === undefined ? [] : [[guest, placement]]),
  };
  return check(withClaims(alone, host, [guest])).flatMap(({ severity, message, about }) =>
    severity === 'error' && about?.includes(`Guest/${guest}`) ? [message] : [],
  );
}

/**
 * The claims that git has overtaken after a run with them: the guest is placed here or migrates here by the documents
 * themselves, and nothing is left to do for it.
 */
export function overtaken(
  claims: readonly Claim[],
  fleet: Fleet,
  host: string,
  { plan, done }: { plan: Plan; done(id: Plan['changes'][number]['id']): boolean },
): string[] {
  return claims.flatMap(({ guest }) => {
    const resolved = resolveGuest(fleet, guest);
    if (resolved === undefined) return [];
    const presence = presenceOn({ ...resolved, claimedOn: null }, host);
    if (presence !== 'placed' && presence !== 'incoming') return [];
    return plan.changes.every(({ id, after }) => !after?.guests.includes(guest) || done(id)) ? [guest] : [];
  });
}
