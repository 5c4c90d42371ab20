import type { HostState } from '../model/host.ts';
import type { Action, Change, FieldDiff, Impact } from '../model/plan.ts';
import type { Claim, Id, Kind, Observed } from '../model/resource.ts';
import type { Specs } from '../model/specs.ts';
import type { Op } from '../model/step.ts';

/**
 * All that the planner and the executor know of one kind of resource. Everything here is pure; a new kind is a new
 * implementation, a shape in `Specs` and a line in the registry.
 */
export interface KindModule<K extends Kind> {
  kind: K;
  /** The normal form of what was read: the same shape as what is wanted. */
  observe(state: HostState): Observed<K>[];
  /** Only the fields that the wanted spec states, so that a live default is never drift. */
  compare(before: Specs[K], after: Specs[K]): FieldDiff[];
  /** Whether these differences can be cured in place, and what that means for the guests behind it. */
  effect(fields: readonly FieldDiff[], before: Observed<K>, after: Specs[K]): Effect;
  /** What deleting it means for the guests behind it. */
  removal(before: Observed<K>): Impact;
  /** Fields in which something taken over may differ: no document says them. */
  cosmetic: readonly string[];
  claims(name: string, spec: Specs[K]): Claim[];
  /** What remains when the thing `gone`, on which it hangs, is made anew; null: it goes with it. */
  without(before: Observed<K>, gone: Id): Specs[K] | null;
  /** What it means for the guests behind it that it goes with what it hangs on; `recreate` if left out. */
  voided?(before: Observed<K>): Impact;
  /** How a person would name it: `macvtap web1-eth0 on eth2`. */
  describe(name: string, spec: Specs[K]): string;
  steps(change: Change<K>, context: StepContext): ChangeSteps;
  /** Does to `state` what the steps would do to a host: the preview that the execution is held against. */
  simulate(state: HostState, change: Change<K>): void;
}

export interface Effect {
  action: Extract<Action, 'update' | 'replace'>;
  impact: Impact;
}

/**
 * A step before it has its place in the order: `word` tells the steps of one change apart. An `early` one does without
 * what the change needs, and goes into the first batch; it comes before those that do not.
 */
export type DraftStep = Op & { word: string; early?: true };

/** First what takes away, then what makes; each list in its own order. An update has only `make`. */
export interface ChangeSteps {
  unmake: DraftStep[];
  make: DraftStep[];
}

/** What steps need to know of the rest of the run. */
export interface StepContext {
  /**
   * How a tool addresses a link: `if<index>` of the one that stands and stays, else its name (it is made in this run).
   */
  linkRef(name: string): string;
  /** Whether the kernel has IPv6. */
  ipv6: boolean;
  /** Changes in place that wait in a ring for one another's address or bridge, and so give theirs up first. */
  inRing: ReadonlySet<Id>;
}

/** `fields` that differ, by strict equality or, for lists and records, by content. */
export function diffFields<S extends object>(
  before: S,
  after: S,
  fields: readonly (keyof S & string)[],
): FieldDiff[] {
  const diffs: FieldDiff[] = [];
  fields.forEach((field) => {
    const a = before[field];
    const b = after[field];
    if (b === null || a === b) return;
    if (typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b)) return;
    diffs.push({ field, before: a, after: b });
  });
  return diffs;
}
