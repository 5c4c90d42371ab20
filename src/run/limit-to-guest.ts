import { guestOfOwner } from '../model/mark.ts';
import type { AnyChange, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import type { Task } from './task.ts';

/**
 * The same task for one guest alone: of what a plan would change, what the guest's devices need and nothing else. With
 * them goes what its networks lack here, where that touches nobody.
 */
export function limitToGuest(task: Task, { changes }: Plan, guest: string): Task {
  const byId = new Map(changes.map((change) => [change.id, change]));
  const kept = new Set<Id>();
  const keep = (change: AnyChange | undefined) => {
    if (change === undefined || kept.has(change.id)) return;
    kept.add(change.id);
    for (const need of change.after?.needs ?? []) keep(byId.get(need.id));
  };
  const own = changes.filter((change) => ownerOf(change) === guest);
  for (const change of own) keep(change);
  const networks = new Set(own.flatMap(({ network }) => network ?? []));
  for (const change of changes) {
    if (ownerOf(change) !== null || change.after === null || change.impact !== 'none') continue;
    if (networks.has(change.after.network)) keep(change);
  }
  const leave = changes.flatMap(({ id }) => (kept.has(id) ? [] : [id]));
  return { ...task, leave: new Set([...(task.leave ?? []), ...leave]) };
}

/** The guest whose device or port it is, null for what is no guest's. */
function ownerOf({ after, before }: AnyChange): string | null {
  const owner = after?.owner ?? (before?.mark.is === 'ours' ? before.mark.owner : null);
  return owner === null ? null : (guestOfOwner(owner)?.guest ?? null);
}
