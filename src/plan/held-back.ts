import type { AnyChange } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';

/** What is held, and what waits for nothing but that: it is done once the guests let go. */
export function heldBack(changes: readonly AnyChange[]): ReadonlySet<Id> {
  const held = new Set<Id>();
  for (const { id, gate } of changes) if (gate.is === 'held') held.add(id);
  for (let grown = held.size > 0; grown; ) {
    grown = false;
    for (const { id, gate } of changes) {
      if (gate.is !== 'blocked' || held.has(id) || gate.on.length === 0) continue;
      if (!gate.on.every((other) => held.has(other))) continue;
      held.add(id);
      grown = true;
    }
  }
  return held;
}
