import type { Realisation } from '../desired/documents.ts';
import type { Fleet, ResolvedGuest, ResolvedHost, ResolvedInterface } from '../desired/fleet.ts';
import { resolveGuest, resolveGuests } from '../desired/resolve.ts';
import type { HostState, LinkState } from '../model/host.ts';
import { guestOfOwner, isDeviceOf, isReleased } from '../model/mark.ts';
import type { Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import type { ClaimStatus, MoveStatus } from '../model/status.ts';
import type { Claim } from './claims.ts';

/** A host as it was just read, and what its last run came to; null where there was none. */
export interface Seen {
  host: ResolvedHost;
  state: Pick<HostState, 'links' | 'ovs' | 'ovsUnavailable'>;
  last: { plan: Plan; outcomes: ReadonlyMap<Id, Outcome> | null } | null;
}

/** The guests that git has migrating from this host or to it. */
export function movesOf(fleet: Fleet, seen: Seen): MoveStatus[] {
  return resolveGuests(fleet).flatMap((guest): MoveStatus[] => {
    const { name, host, migratingTo } = guest;
    if (migratingTo === null || host === null) return [];
    if (host !== seen.host.name && migratingTo !== seen.host.name) return [];
    const [role, peer] =
      host === seen.host.name ? (['source', migratingTo] as const) : (['destination', host] as const);
    const released = guest.interfaces.some((iface) => isReleased(ownLink(iface, seen)?.group ?? 0));
    const why = role === 'source' && released ? whyNotStanding(guest, seen) : whyNotReady(guest, seen);
    return [{ guest: name, role, peer, ready: why === null, why, released }];
  });
}

/** Whether git has a guest migrating from this host or to it. */
export function isMoving({ fleet, host }: { fleet: Fleet; host: ResolvedHost }): boolean {
  return resolveGuests(fleet).some(
    (guest) => guest.migratingTo !== null && (guest.host === host.name || guest.migratingTo === host.name),
  );
}

/** The guests that are claimed here. */
export function claimsOf(claims: readonly Claim[], fleet: Fleet, seen: Seen): ClaimStatus[] {
  return claims.map(({ guest, since, until }) => {
    const resolved = resolveGuest(fleet, guest);
    const why = resolved === undefined ? `the documents know no guest ${guest}` : whyNotReady(resolved, seen);
    return {
      guest,
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
      ready: why === null,
      why,
    };
  });
}

/** Why a guest could not be started here now, or go on here; null where each of its devices is complete. */
export function whyNotReady(guest: ResolvedGuest, seen: Seen): string | null {
  for (const iface of guest.interfaces) {
    const why = whyIncomplete(iface, seen);
    if (why !== null) return whyNot(guest, iface, seen) ?? why;
  }
  return leftToDo(guest, seen);
}

function whyNotStanding(guest: ResolvedGuest, seen: Seen): string | null {
  const missing = guest.interfaces.find((iface) => ownLink(iface, seen) === null);
  return missing === undefined ? null : `${missing.device} does not stand`;
}

function whyIncomplete(iface: ResolvedInterface, seen: Seen): string | null {
  const { device, network } = iface;
  const entry = seen.host.networks.get(network)?.entry;
  if (entry === undefined) return `${seen.host.name} does not realise ${network}`;
  if (entry.type === 'openvswitch' && seen.state.ovs === null) {
    return `Open vSwitch cannot be reached: ${seen.state.ovsUnavailable}`;
  }
  const link = ownLink(iface, seen);
  if (link === null) return `${device} does not stand`;
  if (!link.up) return isReleased(link.group) ? `${device} is down: it was released` : `${device} is down`;
  return whyUnplugged(link, entry, seen);
}

function whyUnplugged(link: LinkState, entry: Realisation, { state }: Seen): string | null {
  const { name, master, macvtap, parent } = link;
  switch (entry.type) {
    case 'direct':
      return macvtap !== null && parent !== null ? null : `${name} is on no device of the pool`;
    case 'bridge':
    case 'virtual':
      return master === entry.bridge ? null : `${name} is not in ${entry.bridge}`;
    case 'openvswitch': {
      const bridge = state.ovs?.bridges.find((one) => one.name === entry.bridge);
      const port = bridge?.ports.find((one) => one.name === name);
      const row = port?.interfaces.find((one) => one.name === name);
      if (row === undefined) return `${name} is no port of ${entry.bridge}`;
      if (row.error !== null) return `Open vSwitch says of ${name}: ${row.error}`;
      return (row.ofport ?? 0) > 0 ? null : `${name} has no port number in ${entry.bridge} yet`;
    }
  }
}

/** The report's own words for a device that is not as it should be: a pool without room, a NIC that is missing. */
function whyNot(guest: ResolvedGuest, iface: ResolvedInterface, { last }: Seen): string | null {
  const problems = (last?.plan.problems ?? []).filter(({ severity }) => severity === 'error');
  const own = problems.find(({ about, message }) =>
    about?.includes(`Guest/${guest.name}`) ? message.startsWith(`${guest.name} ${iface.name}`) : false,
  );
  return own?.message ?? leftToDo(guest, { last });
}

/** Changes that the last run did not make for the guest. */
function leftToDo({ name }: ResolvedGuest, { last }: Pick<Seen, 'last'>): string | null {
  if (last === null) return 'no run has ended yet';
  for (const change of last.plan.changes) {
    const { before, after, gate } = change;
    const owner = after?.owner ?? (before?.mark.is === 'ours' ? before.mark.owner : null);
    if (owner === null || guestOfOwner(owner)?.guest !== name) continue;
    const outcome = last.outcomes?.get(change.id);
    if (outcome?.result === 'done') continue;
    const words = outcome?.message ?? ('why' in gate ? gate.why : null) ?? change.reason;
    return `${change.name} is still to be ${VERBS[change.action]}: ${words}`;
  }
  return null;
}

const VERBS = { create: 'made', update: 'changed', replace: 'made anew', delete: 'removed' } as const;

function ownLink({ guest, device }: ResolvedInterface, { state }: Seen): LinkState | null {
  const link = state.links.find(({ name }) => name === device);
  return link !== undefined && isDeviceOf(link, guest) ? link : null;
}
