import type { AnyChange, HeldWhy } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';

/** What is held, and what waits for nothing but that and is done once that is let go: each with why. */
export function heldBack(changes: readonly AnyChange[]): ReadonlyMap<Id, HeldWhy> {
  const held = new Map<Id, HeldWhy>();
  changes.forEach(({ id, gate }) => {
    if (gate.is === 'held') held.set(id, gate.why);
  });
  for (let grown = held.size > 0; grown; ) {
    grown = false;
    for (const { id, gate } of changes) {
      if (gate.is !== 'blocked' || held.has(id)) continue;
      const why = gate.on.map((other) => held.get(other));
      const [first] = why;
      if (first === undefined || why.includes(undefined)) continue;
      held.set(id, first);
      grown = true;
    }
  }
  return held;
}
