import { succeeds } from '../kinds/address.ts';
import type { ChangeSteps, DraftStep, StepContext } from '../kinds/kind.ts';
import { kindOf } from '../kinds/registry.ts';
import type { AnyChange, Change } from '../model/plan.ts';
import type { AnyObserved, Id, Kind } from '../model/resource.ts';
import { idOf } from '../model/resource.ts';
import type { Step } from '../model/step.ts';
import type { ClaimTable } from './claims.ts';
import { releasersOf } from './claims.ts';
import type { Graph } from './graph.ts';

/** The open changes of a run as steps that know what they wait for. */
export interface Order {
  steps: Step[];
  /** Changes that wait for one another; none of theirs is among the steps. */
  cyclic: Id[];
}

interface Placed {
  change: AnyChange;
  unmake: Node[];
  make: Node[];
  /** The first of `make` that cannot do without what the change needs. */
  needing: Node | undefined;
}

/** A step, how many it waits for, and those that wait for it. */
interface Node {
  step: Step;
  waits: number;
  /** null for nobody: of a thousand equal changes that is every last step. */
  followers: Node[] | null;
}

/**
 * Guests that swap their addresses wait for one another, until each has given its own up; so do a bridge that another
 * kind of bridge follows under its name, that one, and the taps that it takes over.
 */
export function orderSteps(
  drafts: ReadonlyMap<Id, AnyChange>,
  observed: ReadonlyMap<Id, AnyObserved>,
  graph: Graph,
  table: ClaimTable,
  ipv6: boolean,
): Order {
  const orderWith = (inRing: ReadonlySet<Id>) =>
    orderOnce(drafts, graph, table, stepContext(drafts, observed, ipv6, inRing));
  const order = orderWith(new Set());
  const swapping = order.cyclic.filter((id) => {
    const change = drafts.get(id);
    return change !== undefined && (changesAddress(change) || leavesBridge(change));
  });
  return swapping.length === 0 ? order : orderWith(new Set(swapping));
}

function orderOnce(
  drafts: ReadonlyMap<Id, AnyChange>,
  graph: Graph,
  table: ClaimTable,
  context: StepContext,
): Order {
  const placed = new Map<Id, Placed>();
  drafts.forEach((change) => {
    if (change.gate.is === 'open') placed.set(change.id, place(change, stepsOf(change, context)));
  });
  placed.forEach((one) => {
    const { change } = one;
    if (one.needing !== undefined && change.after !== null) {
      for (const need of change.after.needs) wait(one.needing, last(placed.get(need.id)?.make));
    }
    // A subnet that keeps its link has one address there all the time.
    if (change.kind === 'address' && change.action === 'delete') {
      for (const other of placed.values()) {
        if (succeeds(other.change, change)) wait(one.unmake[0], last(other.make));
      }
    }
    for (const id of releasersOf(drafts, table, change)) {
      const releaser = placed.get(id);
      wait(one.make[0], last(releaser?.unmake) ?? last(releaser?.make));
    }
    // Nothing leans on what does not stand yet.
    if (change.before === null) return;
    for (const dependent of graph.dependents(change.id)) {
      const before = placed.get(dependent.id);
      if (before === undefined) continue;
      // A bridge keeps the address of a NIC until that has left it: under none other do the neighbours know it.
      if (changesAddress(change)) wait(one.make[0], last(before.unmake));
      if (one.unmake.length === 0) continue;
      // A service does without its link until it has another, which may not be made before this one goes.
      if (before.change.kind === 'service' && before.change.after !== null) continue;
      // One that moves elsewhere does so first; one that comes back to what is made anew waits for that instead.
      const comesBack = before.change.after?.needs.some((need) => need.id === change.id) ?? false;
      wait(one.unmake[0], last(before.unmake) ?? (comesBack ? undefined : last(before.make)));
    }
  });
  return sortSteps(placed);
}

function changesAddress({ kind, action, fields }: AnyChange): boolean {
  return kind === 'link' && action === 'update' && fields.some(({ field }) => field === 'mac');
}

function leavesBridge({ kind, action, fields }: AnyChange): boolean {
  return (
    kind === 'link' &&
    action === 'update' &&
    fields.some(({ field, before }) => field === 'master' && before !== null)
  );
}

function wait(node: Node | undefined, earlier: Node | undefined): void {
  if (node === undefined || earlier === undefined || node === earlier) return;
  node.step.after.push(earlier.step.key);
  node.waits += 1;
  if (earlier.followers === null) earlier.followers = [node];
  else earlier.followers.push(node);
}

function last<T>(list: readonly T[] | undefined): T | undefined {
  return list?.[list.length - 1];
}

function place(change: AnyChange, steps: ChangeSteps): Placed {
  let previous: Node | undefined;
  const chain = (draft: DraftStep): Node => {
    const key = `${change.id}#${change.action}-${draft.word}`;
    const after = previous === undefined ? [] : [previous.step.key];
    const node: Node = {
      step: { key, change: change.id, after, ...draft },
      waits: after.length,
      followers: null,
    };
    if (previous !== undefined) previous.followers = [node];
    previous = node;
    return node;
  };
  const unmake = steps.unmake.map(chain);
  const make = steps.make.map(chain);
  return { change, unmake, make, needing: make[steps.make.findIndex(({ early }) => !early)] };
}

function stepsOf(change: AnyChange, context: StepContext): ChangeSteps {
  return stepsAs(change as Change, context);
}

function stepsAs<K extends Kind>(change: Change<K>, context: StepContext): ChangeSteps {
  return kindOf(change.kind).steps(change, context);
}

function stepContext(
  drafts: ReadonlyMap<Id, AnyChange>,
  observed: ReadonlyMap<Id, AnyObserved>,
  ipv6: boolean,
  inRing: ReadonlySet<Id>,
): StepContext {
  return {
    linkRef(name) {
      const id = idOf('link', name);
      const standing = observed.get(id);
      const change = drafts.get(id);
      const stays = change === undefined || change.action === 'update' || change.gate.is !== 'open';
      return standing !== undefined && stays ? standing.handle : name;
    },
    ipv6,
    inRing,
  };
}

/** Kahn's algorithm; ties keep the order of the changes, so equal plans have equal steps. */
function sortSteps(placed: ReadonlyMap<Id, Placed>): Order {
  const all: Node[] = [];
  const add = (node: Node) => {
    all.push(node);
  };
  placed.forEach(({ unmake, make }) => {
    unmake.forEach(add);
    make.forEach(add);
  });
  const sorted = all.filter(({ waits }) => waits === 0);
  const release = (node: Node) => {
    node.waits -= 1;
    if (node.waits === 0) sorted.push(node);
  };
  for (const { followers } of sorted) followers?.forEach(release);
  const steps = sorted.map(({ step }) => step);
  if (steps.length === all.length) return { steps, cyclic: [] };
  const cyclic = new Set(all.flatMap(({ step, waits }) => (waits > 0 ? [step.change] : [])));
  return { steps: steps.filter((step) => !cyclic.has(step.change)), cyclic: [...cyclic] };
}
