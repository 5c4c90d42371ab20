import { kindOf } from '../kinds/registry.ts';
import type { HostState } from '../model/host.ts';
import type { AnyChange, Change } from '../model/plan.ts';
import type { Id, Kind } from '../model/resource.ts';
import type { Step } from '../model/step.ts';

/**
 * The host as it will be when every step has gone well: what plans are tested against, and what a change is reviewed
 * by when no host is at hand. `state` is left as it is.
 */
export function simulate(state: HostState, changes: readonly AnyChange[], steps: readonly Step[]): HostState {
  const after = structuredClone(state);
  const byId = new Map(changes.map((change) => [change.id, change]));
  for (const id of inOrder(steps)) {
    const change = byId.get(id);
    if (change !== undefined) simulateOne(after, change);
  }
  return after;
}

function simulateOne(state: HostState, change: AnyChange): void {
  simulateAs(state, change as Change);
}

function simulateAs<K extends Kind>(state: HostState, change: Change<K>): void {
  kindOf(change.kind).simulate(state, change);
}

/** A change takes effect with its last step. */
function inOrder(steps: readonly Step[]): Id[] {
  const last = new Map<Id, number>();
  for (const [i, step] of steps.entries()) last.set(step.change, i);
  return [...last].sort((a, b) => a[1] - b[1]).map(([id]) => id);
}
