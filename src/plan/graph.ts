import { guestOfOwner } from '../model/mark.ts';
import type { AnyObserved, AnyWanted, Id } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';

/** Who hangs on what, and whose traffic goes through it. */
export interface Graph {
  /** Everything that `id`, as it stands now, needs or leans on, directly or not; `id` itself left out. */
  belowNow(id: Id): ReadonlySet<Id>;
  /** Observed resources that directly need `id`. */
  dependents(id: Id): readonly AnyObserved[];
  /** `id` and all that needs it or leans on it, directly or not, now or as wanted. */
  behind(id: Id): ReadonlySet<Id>;
  /** Names of the guests whose traffic goes through `id`, sorted. */
  guestsOf(id: Id): string[];
}

interface Edges {
  downNow: Map<Id, Set<Id>>;
  up: Map<Id, Set<Id>>;
  direct: Map<Id, AnyObserved[]>;
  guests: Map<Id, readonly string[]>;
}

/**
 * Links of the graph come from both sides: what stands now and what is wanted, for a change may hurt who is there as
 * well as who is to come. Drawn when somebody first asks: where all is in sync, or all is new, nobody does.
 */
export function buildGraph(
  wanted: ReadonlyMap<Id, AnyWanted>,
  observed: ReadonlyMap<Id, AnyObserved>,
): Graph {
  let drawn: Edges | null = null;
  const edges = () => {
    drawn ??= drawEdges(wanted, observed);
    return drawn;
  };
  return {
    belowNow: (id) => reach(id, edges().downNow),
    dependents: (id) => edges().direct.get(id) ?? [],
    behind: (id) => reach(id, edges().up).add(id),
    guestsOf(id) {
      const { guests, up } = edges();
      const found = new Set(guests.get(id));
      for (const dependent of reach(id, up)) {
        for (const guest of guests.get(dependent) ?? []) found.add(guest);
      }
      return [...found].sort();
    },
  };
}

function drawEdges(wanted: ReadonlyMap<Id, AnyWanted>, observed: ReadonlyMap<Id, AnyObserved>): Edges {
  const edges: Edges = { downNow: new Map(), up: new Map(), direct: new Map(), guests: new Map() };
  const { downNow, up, direct, guests } = edges;
  const connect = (from: Id | null, to: Id) => {
    if (from !== null) setOf(up, to).add(from);
  };
  const connectNow = (from: Id | null, to: Id) => {
    if (from !== null) setOf(downNow, from).add(to);
    connect(from, to);
  };
  observed.forEach((one) => {
    for (const need of one.needs) {
      connectNow(one.id, need.id);
      const list = direct.get(need.id);
      if (list === undefined) direct.set(need.id, [one]);
      else list.push(one);
    }
    const guest = one.mark.is === 'ours' ? guestOfOwner(one.mark.owner) : null;
    if (guest !== null) guests.set(one.id, [guest.guest]);
    connectNow(carries(one), one.id);
    connectNow(serves(one), one.id);
  });
  wanted.forEach((one) => {
    for (const need of one.needs) connect(one.id, need.id);
    const now = guests.get(one.id);
    if (one.guests.length > 0) guests.set(one.id, now === undefined ? one.guests : [...now, ...one.guests]);
    connect(carries(one), one.id);
    connect(serves(one), one.id);
  });
  return edges;
}

/**
 * What leans on a resource without needing it to exist: a bridge on its uplinks, a tap on its Open vSwitch port, an
 * Open vSwitch bridge on its uplink ports, a link on what the host serves by it.
 */
export function carries(one: AnyObserved | AnyWanted): Id | null {
  const served = servedLink(one);
  if (served !== null) return idOf('link', served);
  if (one.kind === 'membership') return one.spec.bridge === null ? null : idOf('link', one.spec.bridge);
  if (one.kind !== 'ovs-port' || one.spec.internal) return null;
  const owner = 'owner' in one ? one.owner : one.mark.is === 'ours' ? one.mark.owner : null;
  if (owner === null) return null;
  return guestOfOwner(owner) === null ? idOf('ovs-bridge', one.spec.bridge) : idOf('link', one.name);
}

/** The link by which the host serves guests with this: an address, rules, a service. */
export function servedLink(one: AnyObserved | AnyWanted): string | null {
  switch (one.kind) {
    case 'address':
    case 'route':
    case 'firewall':
    case 'service':
      return 'mark' in one && one.mark.is === 'foreign' ? null : one.spec.link;
    default:
      return null;
  }
}

/**
 * Behind a link of the host's own, the guests are those of the device that it is on, or of its Open vSwitch bridge: they
 * are served by it, and have their way without it.
 */
export function serves(one: AnyObserved | AnyWanted): Id | null {
  if (one.kind === 'link' && one.spec.kind === 'macvlan') return idOf('link', one.spec.parent);
  if (one.kind === 'link' && one.spec.kind === 'internal') return idOf('ovs-port', one.name);
  if (one.kind === 'ovs-port' && one.spec.internal) return idOf('ovs-bridge', one.spec.bridge);
  return null;
}

function reach(start: Id, edges: ReadonlyMap<Id, ReadonlySet<Id>>): Set<Id> {
  const seen = new Set<Id>();
  const open: Id[] = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const next of edges.get(id) ?? []) {
      if (next === start || seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

function setOf<T>(map: Map<Id, Set<T>>, id: Id): Set<T> {
  let set = map.get(id);
  if (set === undefined) {
    set = new Set();
    map.set(id, set);
  }
  return set;
}
