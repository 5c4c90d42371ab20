import type { AnyChange, Gate } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { Held, Id } from '../model/resource.ts';
import type { Drafts, Sides } from './compare.ts';
import type { Graph } from './graph.ts';

/** What the rules that hold changes back read, and the one way in which they do it. */
export interface Gating {
  sides: Sides;
  graph: Graph;
  drafts: Drafts;
  /** By device name; a device that was not looked up counts as free. */
  held: ReadonlyMap<string, Held>;
  allowRecreate: boolean;
  /** Links by which networks were served that are not here any more. */
  ended: ReadonlySet<string>;
  problems: Problem[];
  /** Those of changes that wait for another: none where that is held back, and they with it (heldBack). */
  waiting: Map<Id, Problem>;
}

/** Closes an open change; the first reason stands. Returns whether anything changed. */
export function close(gating: Gating, id: Id, gate: Gate, problem?: Problem): boolean {
  const draft = gating.drafts.get(id);
  if (draft === undefined || draft.gate.is !== 'open') return false;
  gating.drafts.set(id, { ...draft, gate } as AnyChange);
  if (problem !== undefined) gating.problems.push(problem);
  return true;
}

/** Puts another reason in a change's words. */
export function explain(gating: Gating, id: Id, reason: string): void {
  const draft = gating.drafts.get(id);
  if (draft !== undefined) gating.drafts.set(id, { ...draft, reason } as AnyChange);
}

export function isOpen(gating: Gating, id: Id): boolean {
  return gating.drafts.get(id)?.gate.is === 'open';
}

/** The name in an id: `web1-eth0` of `link:web1-eth0`. */
export function nameOf(id: Id): string {
  return id.slice(id.indexOf(':') + 1);
}
