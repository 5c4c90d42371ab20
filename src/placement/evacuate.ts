import type { ResolvedGuest, ResolvedHost } from '../desired/fleet.ts';
import { compareNatural } from '../model/order.ts';
import { arrangementReasons } from './arrangement.ts';
import { assign } from './assign.ts';
import { judge, judgeWithoutRoom } from './judge.ts';
import { kindsOf } from './kinds.ts';
import { type Reason, reason, type Verdict, verdictOf, weightOf } from './reason.ts';
import { demandOf } from './room.ts';
import type { PlacementView } from './view.ts';

/** Where the guests of a host could go, all of them at once. */
export interface Evacuation {
  host: string;
  /** In the order of names for people. */
  guests: readonly Evacuee[];
  /** Guests of other hosts that are on their way to this one. */
  incoming: readonly string[];
}

export interface Evacuee {
  guest: string;
  /** null where there is no host for it; then the reasons say why not. */
  to: string | null;
  verdict: Verdict;
  reasons: readonly Reason[];
}

/**
 * A host for each guest of one, within the room of all hosts at once: as if all had moved, and nobody else. A guest
 * that migrates already keeps its goal. What is placed is all that `assign` finds; see there for what it promises.
 */
export function evacuate(view: PlacementView, from: string, allowIslands: boolean): Evacuation {
  const all = view.context.guests.filter(({ host }) => host === from);
  const guests = all.toSorted((a, b) => compareNatural(a.name, b.name));
  const hosts = [...view.hosts.values()]
    .filter(({ name }) => name !== from)
    .sort((a, b) => compareNatural(a.name, b.name));
  const rooms = hosts.map((host) => view.newRoom(host));
  const moving = guests.filter(({ migratingTo }) => migratingTo === null);
  const kinds = kindsOf(view, moving);
  const costs = kinds.map(([guest]) => hosts.map((host) => cost(view, guest, host, allowIslands)));
  const movers = kinds.flatMap((members, kind) =>
    members.map((guest) => ({ guest, kind, demand: demandOf(guest.interfaces), costs: costs[kind] ?? [] })),
  );
  movers.sort((a, b) => compareNatural(a.guest.name, b.guest.name));
  const assignment = assign(movers, rooms);
  const goals = new Map(movers.map(({ guest }, index) => [guest.name, assignment[index] ?? null]));
  const why = new Map<number, readonly Reason[]>();
  const kindOf = new Map(movers.map(({ guest, kind }) => [guest.name, kind]));

  const evacuee = (guest: ResolvedGuest): Evacuee => {
    if (guest.migratingTo !== null) return migrating(view, guest, guest.migratingTo, allowIslands);
    const goal = goals.get(guest.name) ?? null;
    const [host, room] = goal === null ? [] : [hosts[goal], rooms[goal]];
    if (host !== undefined && room !== undefined) {
      return placed(
        guest,
        host,
        [...judgeWithoutRoom(view, guest, host), ...arrangementReasons(room, guest)],
        allowIslands,
      );
    }
    const kind = kindOf.get(guest.name) ?? 0;
    const reasons = why.get(kind) ?? nowhere(view, guest, hosts, allowIslands);
    why.set(kind, reasons);
    return { guest: guest.name, to: null, verdict: 'no', reasons };
  };
  const incoming = view.context.guests.filter(
    ({ host, migratingTo }) => migratingTo === from && host !== from,
  );
  return { host: from, guests: guests.map(evacuee), incoming: incoming.map(({ name }) => name) };
}

function placed(
  { name }: ResolvedGuest,
  host: ResolvedHost,
  reasons: readonly Reason[],
  allowIslands: boolean,
): Evacuee {
  return { guest: name, to: host.name, verdict: verdictOf(reasons, allowIslands), reasons };
}

/** It has its place there already, and is counted with those that are there. */
function migrating(view: PlacementView, guest: ResolvedGuest, to: string, allowIslands: boolean): Evacuee {
  const host = view.hosts.get(to);
  if (host !== undefined) {
    const there = placed(guest, host, judge(view, guest, host), allowIslands);
    if (there.verdict !== 'no') return there;
    return { ...there, to: null };
  }
  const reasons = [reason('host-broken', '', `it is on its way to ${to}, which nobody can tell anything of`)];
  return { guest: guest.name, to: null, verdict: 'no', reasons };
}

/** From 0 on, negative for no: a host that says nothing, one with something to know, one with losses. */
function cost(
  view: PlacementView,
  guest: ResolvedGuest | undefined,
  host: ResolvedHost,
  allowIslands: boolean,
): number {
  if (guest === undefined) return -1;
  const reasons = judgeWithoutRoom(view, guest, host);
  switch (verdictOf(reasons, allowIslands)) {
    case 'no':
      return -1;
    case 'yes':
      return reasons.length === 0 ? 0 : 1;
    case 'degraded':
      return 2;
  }
}

/** Why a guest is left over: what blocks it on how many hosts, the most frequent first. */
function nowhere(
  view: PlacementView,
  guest: ResolvedGuest,
  hosts: readonly ResolvedHost[],
  allowIslands: boolean,
): Reason[] {
  if (hosts.length === 0) return [reason('no-other-host', '', 'the fleet has no other host')];
  const blocking = new Map<string, { first: Reason; host: string; count: number }>();
  const note = (one: Reason, host: string) => {
    const key = `${one.code} ${one.about}`;
    const known = blocking.get(key);
    if (known === undefined) blocking.set(key, { first: one, host, count: 1 });
    else known.count += 1;
  };
  for (const host of hosts) {
    const reasons = judge(view, guest, host);
    if (verdictOf(reasons, allowIslands) !== 'no') {
      note(
        reason('no-room-left', '', `the other guests of ${guest.host} take what room there is`),
        host.name,
      );
    }
    for (const one of reasons) {
      const weight = weightOf(one);
      if (weight === 'blocks' || (weight === 'island' && !allowIslands)) note(one, host.name);
    }
  }
  return [...blocking.values()]
    .sort((a, b) => b.count - a.count)
    .map(({ first, host, count }) => {
      const where = count === 1 ? `on ${host}` : `on ${count} hosts, such as ${host}`;
      return { ...first, message: `${where}: ${first.message}` };
    });
}
