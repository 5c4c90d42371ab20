import { HOST_FIREWALL } from '../kinds/firewall.ts';
import { mayBeGuestDevice } from '../kinds/link/link.ts';
import { kindOf } from '../kinds/registry.ts';
import { guestOfOwner, OVS_OWNER_KEY } from '../model/mark.ts';
import type { AnyChange } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { AnyObserved, Held, Id, Kind, Observed } from '../model/resource.ts';
import { idOf, isHeld } from '../model/resource.ts';
import { describeObserved } from './claims.ts';
import type { Gating } from './gating.ts';
import { close, explain, nameOf } from './gating.ts';
import { carries, servedLink, serves } from './graph.ts';

/** Invariant 4: a device that a process has open is neither made anew nor removed. */
export function gateHeld(gating: Gating): void {
  if (gating.allowRecreate) return;
  for (const draft of gating.drafts.values()) {
    if (draft.before === null || (draft.action !== 'delete' && draft.action !== 'replace')) continue;
    const held = holderOf(gating, draft.before);
    if (held === null || !close(gating, draft.id, { is: 'held', why: 'guestRuns', held })) continue;
    if (draft.action !== 'delete' || draft.before.mark.is !== 'ours') continue;
    // That one cannot tell whether it runs is in the words for its holder.
    explain(gating, draft.id, held.is === 'held' ? 'leaving: it still runs here' : 'leaving');
  }
}

/** The holder of what may be a guest device, null for a free one and for anything else. */
function holderOf(gating: Gating, one: AnyObserved): Held | null {
  if (one.kind !== 'link' || !mayBeGuestDevice(one)) return null;
  const held = gating.held.get(one.name);
  return held !== undefined && isHeld(held) ? held : null;
}

/**
 * Holding spreads both ways: what a held change needs or leans on is not removed, and what needs it is skipped. One
 * pass; the caller repeats until nothing more closes.
 */
export function spread(gating: Gating, neededBy: ReadonlyMap<Id, Id>): boolean {
  let closed = false;
  for (const draft of [...gating.drafts.values()]) {
    if (gating.drafts.get(draft.id)?.gate.is === 'open') {
      closed = gateNeeds(gating, draft) || closed;
      if (draft.action === 'delete' || draft.action === 'replace') {
        closed = gateRemoval(gating, draft, neededBy) || closed;
      }
    } else closed = keepBelow(gating, draft) || closed;
  }
  return closed;
}

/** What needs something that is not made is skipped. */
function gateNeeds(gating: Gating, draft: AnyChange): boolean {
  if (draft.after === null) return false;
  const { drafts, sides } = gating;
  for (const need of draft.after.needs) {
    const needed = drafts.get(need.id);
    const unmade = needed !== undefined && needed.gate.is !== 'open' && needed.action !== 'update';
    const absent = needed === undefined && !sides.observed.has(need.id);
    if (!unmade && !absent) continue;
    const { what, verb } = needWords(need.id);
    const state = unmade
      ? `${verb.be} ${needed.gate.is === 'held' ? 'held' : 'not made'}`
      : sides.unplanned.has(need.id)
        ? 'could not be read'
        : `${verb.do} not stand`;
    const why = `needs ${what}, which ${state}`;
    return close(gating, draft.id, { is: 'blocked', on: [need.id], why });
  }
  return false;
}

/** Rules have their network's name, or none that anybody gave them. */
function needWords(id: Id): { what: string; verb: { be: string; do: string } } {
  const name = nameOf(id);
  if (!id.startsWith('firewall:')) return { what: name, verb: { be: 'is', do: 'does' } };
  const what =
    name === HOST_FIREWALL ? "the host's own firewall rules" : `the firewall rules of network ${name}`;
  return { what, verb: { be: 'are', do: 'do' } };
}

/** What somebody still stands on is neither removed nor made anew. */
function gateRemoval(gating: Gating, draft: AnyChange, neededBy: ReadonlyMap<Id, Id>): boolean {
  const { drafts, sides } = gating;
  const user = draft.action === 'delete' ? neededBy.get(draft.id) : undefined;
  if (user !== undefined)
    return close(gating, draft.id, stillNeeded(draft, user), ownedButUnmanaged(gating, draft, user));
  for (const dependent of gating.graph.dependents(draft.id)) {
    if (dependent.mark.is === 'foreign') {
      const { why, hint } = strangerInside(draft, dependent);
      const problem: Problem = {
        code: 'holds-strangers',
        severity: 'error',
        message: `${draft.name} cannot go: ${why}`,
        source: draft.after?.source ?? null,
        hint,
      };
      return close(gating, draft.id, { is: 'taken', why }, problem);
    }
    if (draft.action === 'replace' && !gating.allowRecreate && goesWith(dependent, draft.id)) {
      const held = holderOf(gating, dependent);
      if (held !== null) return close(gating, draft.id, { is: 'held', why: 'guestRuns', held });
    }
    const change = drafts.get(dependent.id);
    const stays = change === undefined ? sides.unplanned.has(dependent.id) : change.gate.is !== 'open';
    if (stays) {
      const why = `${dependent.name} stays and needs it`;
      return close(gating, draft.id, { is: 'blocked', on: [dependent.id], why });
    }
  }
  return false;
}

/** A device that stays keeps its way to the world: nothing below it is removed, and no uplink is taken elsewhere. */
function keepBelow(gating: Gating, draft: AnyChange): boolean {
  if (draft.before === null || draft.before.mark.is !== 'ours') return false;
  let closed = false;
  const below = gating.graph.belowNow(draft.id);
  for (const id of below) {
    const change = gating.drafts.get(id);
    if (change === undefined || !leaves(change, (carried) => carried === draft.id || below.has(carried)))
      continue;
    if (isServedOn(gating, draft, change)) continue;
    const why = `${draft.name} stays and its traffic goes through it`;
    closed = close(gating, id, { is: 'blocked', on: [draft.id], why }) || closed;
  }
  return closed;
}

/**
 * Whether it is what the host serves a network with that goes on: that may change under guests which stay as they are.
 * Where the network is gone, or the bridge is to go, whoever is still on it is served until the end.
 */
function isServedOn({ drafts, ended, sides }: Gating, leaving: AnyChange, { before }: AnyChange): boolean {
  if (before === null) return false;
  const link = servedLink(before) ?? (serves(before) !== null ? before.name : null);
  if (link === null || (leaving.action === 'delete' && ended.has(link))) return false;
  const own = sides.observed.get(idOf('link', link));
  // One that was made to serve goes when it is not needed, and takes no guest along.
  if (own !== undefined && serves(own) !== null) return true;
  return drafts.get(idOf('link', link))?.action !== 'delete';
}

/** Whether a change takes away what one of `carried` leans on: by removing it, or by giving it to another. */
function leaves(change: AnyChange, isCarried: (id: Id) => boolean): boolean {
  if (change.action === 'delete') return true;
  if (change.before === null || change.after === null) return false;
  const id = carries(change.before);
  return id !== null && isCarried(id) && carries(change.after) !== id;
}

function goesWith(dependent: AnyObserved, gone: Id): boolean {
  return withoutAs(dependent, gone) === null;
}

function withoutAs<K extends Kind>(dependent: Observed<K>, gone: Id): unknown {
  return kindOf(dependent.kind).without(dependent, gone);
}

function stillNeeded(draft: AnyChange, user: Id): AnyChange['gate'] {
  return { is: 'blocked', on: [user], why: `${nameOf(user)} needs ${draft.name}` };
}

function ownedButUnmanaged(gating: Gating, draft: AnyChange, user: Id): Problem {
  const source = gating.sides.wanted.get(user)?.source ?? null;
  return {
    code: 'bridge-is-ours',
    severity: 'warning',
    message: `${draft.name} was made by Plumbline, but no document has it managed now, and ${nameOf(user)} uses it`,
    source,
    hint: `it is left as it is; to hand it over, take the mark off it (${unmarkCommand(gating, draft)})`,
  };
}

/** A Linux bridge has the marks of its uplinks as well; in Open vSwitch each port has its own. */
function unmarkCommand({ drafts }: Gating, { kind, name }: AnyChange): string {
  if (kind !== 'ovs-bridge') return `ip link set dev ${name} alias ""`;
  const uplinks = [...drafts.values()].flatMap(({ action, before }) =>
    action === 'delete' &&
    before?.kind === 'ovs-port' &&
    before.spec.bridge === name &&
    before.mark.is === 'ours' &&
    guestOfOwner(before.mark.owner) === null
      ? [` -- remove Port ${before.name} external_ids ${OVS_OWNER_KEY}`]
      : [],
  );
  return `ovs-vsctl remove Bridge ${name} external_ids ${OVS_OWNER_KEY}${uplinks.join('')}`;
}

function strangerInside({ kind, name }: AnyChange, stranger: AnyObserved): { why: string; hint: string } {
  if (stranger.kind === 'address') {
    const { address, prefix, link } = stranger.spec;
    const text = `${address}/${prefix}`;
    return {
      why: `it has the address ${text}, which is not Plumbline's, and whoever reaches this host by it would be cut off`,
      hint: `take ${text} off ${link} first: ip address del ${text} dev ${link}`,
    };
  }
  const described = describeObserved(stranger);
  if (stranger.kind === 'ovs-port' && kind === 'link') {
    return {
      why: `${described} is made of it and is not Plumbline's`,
      hint: `take it out there first: ovs-vsctl del-port ${stranger.spec.bridge} ${stranger.name}`,
    };
  }
  if (standsOn(stranger, name)) {
    return {
      why: `${described} stands on it and is not Plumbline's`,
      hint: `remove ${stranger.name} first, or make it anew on another device`,
    };
  }
  return {
    why: `${described} is in it and is not Plumbline's`,
    hint: `take ${stranger.name} out of ${name} first`,
  };
}

/** Links that have another below them, the last that they need. */
const STACKED: ReadonlySet<string> = new Set(['macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'vlan', 'macsec']);

/** Whether it is no port of the bridge, but has it as its parent. */
function standsOn({ kind, spec, needs }: AnyObserved, bridge: string): boolean {
  if (kind !== 'link' || needs.at(-1)?.id !== idOf('link', bridge)) return false;
  return STACKED.has(spec.kind === 'other' ? spec.type : spec.kind);
}
