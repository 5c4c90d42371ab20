import { createHash } from 'node:crypto';
import { compareNatural, compareText } from '../model/order.ts';
import type { AnyChange, HeldWhy, NetworkSummary, Plan, Summary, Withheld } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import { compareProblems } from '../model/problem.ts';
import type { AnyObserved, AnyWanted, Held, Id, RefusedUplink } from '../model/resource.ts';
import { idOf, isHeld } from '../model/resource.ts';
import type { Step } from '../model/step.ts';
import type { ClaimTable } from './claims.ts';
import { buildClaimTable, gateClaims } from './claims.ts';
import type { Sides } from './compare.ts';
import { compareSides } from './compare.ts';
import { gateConnected } from './connected.ts';
import { endedLinks } from './ended.ts';
import type { ExpectFacts } from './expects.ts';
import { gateExpects } from './expects.ts';
import type { Gating } from './gating.ts';
import { close, nameOf } from './gating.ts';
import { buildGraph } from './graph.ts';
import type { Guard } from './guard.ts';
import { gateGuard, guestsHere, runningBehind } from './guard.ts';
import { heldBack } from './held-back.ts';
import { settleImpacts } from './impacts.ts';
import type { Order } from './order.ts';
import { orderSteps } from './order.ts';
import { gateHeld, spread } from './spread.ts';
import { reportTaken } from './taken.ts';
import { keepReplaced } from './uplinks.ts';
import { gateWithheld } from './withheld.ts';

export interface PlanInput {
  host: string;
  revision: string | null;
  wanted: readonly AnyWanted[];
  observed: readonly AnyObserved[];
  /** Ids for which nothing could be decided: left as they are. */
  unplanned: ReadonlySet<Id>;
  /** Left out for none. */
  refused?: readonly RefusedUplink[];
  /** Problems of realising, reported with the plan. */
  problems: readonly Problem[];
  networks: readonly NetworkSummary[];
  guests: number;
  /** Of the guest devices that were looked up, by name. */
  held: ReadonlyMap<string, Held>;
  facts: ExpectFacts;
  /** Whether the kernel has IPv6. */
  ipv6: boolean;
  guard: Guard;
  allowRecreate: boolean;
  allowPrune: boolean;
  /** Changes that the controller leaves alone for now. */
  withheld: ReadonlyMap<Id, Withheld>;
  /** Guests whose own devices and ports are left alone. */
  pausedGuests: ReadonlySet<string>;
}

export interface Planned {
  plan: Plan;
  /** What `plan` comes to, in an order that can be executed. */
  steps: Step[];
  /** Names of the standing guest devices whose holders decide about this plan. */
  touched: string[];
}

/** Rounds after which changes that void others and are voided by them wait for one another. */
const MAX_ROUNDS = 10;

/** Compares both sides and decides what may go ahead. Pure: equal inputs give equal plans. */
export function makePlan(input: PlanInput): Planned {
  const sides: Sides = {
    wanted: byId(input.wanted.filter((one) => !input.unplanned.has(one.id))),
    observed: byId(withoutGivenNames(input)),
    unplanned: input.unplanned,
  };
  const graph = buildGraph(sides.wanted, sides.observed);
  const table = buildClaimTable(sides);
  const neededBy = neededByWanted(sides);
  const ended = endedLinks(sides, new Set(input.networks.map(({ name }) => name)));
  let remade: ReadonlySet<Id> = new Set();
  const tried = [remade];
  for (let last = false; ; ) {
    const gating: Gating = {
      sides,
      graph,
      drafts: settleImpacts(compareSides(sides, remade), graph),
      held: input.held,
      allowRecreate: input.allowRecreate,
      ended,
      problems: [...input.problems],
      waiting: new Map(),
    };
    const order = gateAll(gating, input, table, neededBy);
    const now = openReplacements(gating);
    if (sameSet(now, remade) || last) return assemble(gating, order, input);
    // One that is held up by what would hang on it, and goes ahead where nothing is taken to hang on it: taken to be made
    // anew it waits, with all that hangs on it, and nothing is half done.
    last = tried.length === MAX_ROUNDS || tried.some((earlier) => sameSet(earlier, now));
    remade = last ? new Set([...remade, ...now]) : now;
    tried.push(remade);
  }
}

/**
 * The local port of an Open vSwitch bridge is a link that stands and goes with it. Where a link of ours is to have the
 * bridge's name, there is none yet: the bridge claims that name, and gives it up when it goes.
 */
function withoutGivenNames({ wanted, observed }: PlanInput): readonly AnyObserved[] {
  const ours = observed.filter(({ kind, mark }) => kind === 'ovs-bridge' && mark.is === 'ours');
  if (ours.length === 0) return observed;
  const links = new Set(wanted.flatMap(({ kind, id }) => (kind === 'link' ? [id] : [])));
  const given = new Set(ours.map(({ name }) => idOf('link', name)).filter((id) => links.has(id)));
  return given.size === 0 ? observed : observed.filter(({ id }) => !given.has(id));
}

function gateAll(gating: Gating, input: PlanInput, table: ClaimTable, neededBy: ReadonlyMap<Id, Id>): Order {
  reportTaken(gating);
  gateWithheld(gating, input.withheld, input.pausedGuests);
  gateHeld(gating);
  gateConnected(gating);
  gateExpects(gating, input.facts);
  const settle = () => {
    while (
      spread(gating, neededBy) ||
      gateClaims(gating, table) ||
      keepReplaced(gating, input.refused ?? [])
    ) {
      // Until a whole pass closes nothing more.
    }
  };
  settle();
  gateGuard(gating, input.guard, input.allowPrune);
  const inOrder = () => orderSteps(gating.drafts, gating.sides.observed, gating.graph, table, input.ipv6);
  let order = inOrder();
  while (order.cyclic.length > 0) {
    for (const id of order.cyclic) closeCyclic(gating, id, order.cyclic);
    settle();
    order = inOrder();
  }
  return order;
}

function closeCyclic(gating: Gating, id: Id, all: readonly Id[]): void {
  const on = all.filter((other) => other !== id);
  const why = `waits for ${on.map(nameOf).slice(0, 5).join(', ')}, which waits for it`;
  close(
    gating,
    id,
    { is: 'blocked', on, why },
    {
      code: 'circular-change',
      severity: 'error',
      message: `${nameOf(id)} ${why}`,
      source: gating.sides.wanted.get(id)?.source ?? null,
      hint: 'make one of the changes in a commit of its own',
    },
  );
}

function openReplacements(gating: Gating): Set<Id> {
  const ids = new Set<Id>();
  for (const draft of gating.drafts.values()) {
    if (draft.action === 'replace' && draft.gate.is === 'open') ids.add(draft.id);
  }
  return ids;
}

/** For each id that is needed by something wanted, one that needs it. */
function neededByWanted(sides: Sides): Map<Id, Id> {
  const users = new Map<Id, Id>();
  sides.wanted.forEach((one) => {
    for (const need of one.needs) if (!sides.wanted.has(need.id)) users.set(need.id, one.id);
  });
  return users;
}

function assemble(gating: Gating, order: Order, input: PlanInput): Planned {
  const touches = [...gating.drafts.values()].some((change) => change.impact !== 'none');
  const running: ReadonlySet<string> = touches ? guestsHere(gating).running : new Set();
  const changes = [...gating.drafts.values()].map((change) =>
    change.impact === 'none' ? change : { ...change, running: runningGuests(change, running, gating) },
  );
  const held = heldBack(changes);
  const waiting = [...gating.waiting].flatMap(([id, problem]) => (held.has(id) ? [] : [problem]));
  const problems = [...gating.problems, ...waiting].sort(compareProblems);
  const { host } = input;
  let digest: string | null = null;
  const plan: Plan = {
    host,
    revision: input.revision,
    // Of a large plan it takes a while, and a run at the terminal asks for it at its end, if at all.
    get digest() {
      digest ??= digestOf(host, changes);
      return digest;
    },
    inSync: changes.length === 0 && !problems.some((problem) => problem.severity === 'error'),
    summary: summarize(changes, held),
    changes,
    networks: [...input.networks].sort((a, b) => compareNatural(a.name, b.name)),
    guests: input.guests,
    problems,
  };
  return { plan, steps: order.steps, touched: touchedDevices(gating) };
}

/** Of a device that goes away, only whoever has that one open notices; of anything else, who uses it. */
function runningGuests(change: AnyChange, running: ReadonlySet<string>, gating: Gating): string[] {
  if (change.impact === 'recreate' || change.impact === 'remove') {
    const held = gating.held.get(change.name);
    return held !== undefined && isHeld(held) ? change.guests : [];
  }
  return runningBehind(change, running, gating);
}

/** What waits for nothing but a held change is held with it. */
function summarize(changes: readonly AnyChange[], held: ReadonlyMap<Id, HeldWhy>): Summary {
  const summary: Summary = { create: 0, update: 0, replace: 0, delete: 0, held: 0, skipped: 0 };
  for (const { id, gate, action } of changes) {
    if (gate.is === 'open') summary[action] += 1;
    else if (held.has(id)) summary.held += 1;
    else summary.skipped += 1;
  }
  return summary;
}

/** Of what is to be done, not of whether it may be: who holds a device changes from minute to minute. */
function digestOf(host: string, changes: readonly AnyChange[]): string {
  const content = changes.map(({ id, action, fields, after }) => [id, action, fields, after?.spec ?? null]);
  return createHash('sha256')
    .update(JSON.stringify([host, content]))
    .digest('hex')
    .slice(0, 32);
}

function touchedDevices(gating: Gating): string[] {
  const guests = new Set<string>();
  const names = new Set<string>();
  for (const change of gating.drafts.values()) {
    if (change.impact === 'none' || change.before === null) continue;
    if (change.kind === 'link') names.add(change.name);
    for (const guest of change.guests) guests.add(guest);
  }
  if (guests.size > 0) {
    for (const one of gating.sides.observed.values()) {
      if (one.kind !== 'link' || one.mark.is !== 'ours') continue;
      const [kind, guest] = one.mark.owner.split('/');
      if (kind === 'Guest' && guest !== undefined && guests.has(guest)) names.add(one.name);
    }
  }
  return [...names].sort(compareText);
}

function byId<T extends { id: Id }>(list: readonly T[]): Map<Id, T> {
  const map = new Map<Id, T>();
  for (const one of list) map.set(one.id, one);
  return map;
}

function sameSet(a: ReadonlySet<Id>, b: ReadonlySet<Id>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}
