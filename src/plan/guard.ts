import { isGuestDevice } from '../kinds/link/link.ts';
import type { AnyChange } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { Id } from '../model/resource.ts';
import { isHeld } from '../model/resource.ts';
import type { Gating } from './gating.ts';
import { close } from './gating.ts';

/** Invariant 10: how many held guests a run may cut without approval: more than both is too many. */
export interface Guard {
  guests: number;
  /** Of the guests that have a device here, 0 to 1. */
  share: number;
}

export const DEFAULT_GUARD: Guard = { guests: 3, share: 0.2 };

/** A run that would remove more than this many guest devices, and more than this share of them, is a slip. */
const PRUNE_LIMIT = { devices: 10, share: 0.5 };

/**
 * Stops the whole run: a slip in git does not empty a host or cut its guests. A warning, not an error: what
 * is held back waits for approval, and nothing has failed.
 */
export function gateGuard(gating: Gating, guard: Guard, allowPrune: boolean): void {
  if (allowPrune) return;
  const problem = tooManyRemovals(gating) ?? tooManyCuts(gating, guard);
  if (problem === null) return;
  gating.problems.push(problem);
  for (const id of [...gating.drafts.keys()]) close(gating, id, { is: 'held', why: 'guard', held: null });
}

function tooManyRemovals(gating: Gating): Problem | null {
  let standing = 0;
  let removed = 0;
  for (const one of gating.sides.observed.values()) {
    if (one.kind !== 'link' || !isGuestDevice(one)) continue;
    standing += 1;
    const change = gating.drafts.get(one.id);
    if (change?.gate.is === 'open' && change.action === 'delete') removed += 1;
  }
  if (removed <= PRUNE_LIMIT.devices || removed <= standing * PRUNE_LIMIT.share) return null;
  return {
    code: 'guard-prune',
    severity: 'warning',
    message: `this would remove ${removed} of the ${standing} guest devices on this host: nothing is done without approval`,
    source: null,
    found: `${removed} removals`,
    expected: `at most ${PRUNE_LIMIT.devices}, or half of them`,
    hint: 'if that is meant: apply --allow-prune, or where a controller runs plumbline approve',
  };
}

function tooManyCuts(gating: Gating, guard: Guard): Problem | null {
  const cutting = [...gating.drafts.values()].filter((change) => change.gate.is === 'open' && cuts(change));
  if (cutting.length === 0) return null;
  const { running, here } = guestsHere(gating);
  const cut = new Set(cutting.flatMap((change) => runningBehind(change, running, gating)));
  // Whose device goes away is cut by permission (--allow-recreate), whatever else goes with it.
  for (const change of gating.drafts.values()) {
    if (change.gate.is === 'open' && goesAway(change)) for (const guest of change.guests) cut.delete(guest);
  }
  if (cut.size <= guard.guests || cut.size <= here.size * guard.share) return null;
  const percent = Math.round(guard.share * 100);
  return {
    code: 'guard-cut',
    severity: 'warning',
    message: `this would interrupt or rewire ${cut.size} running guests of ${here.size}: nothing is done without approval`,
    source: null,
    found: [...cut].sort().slice(0, 10).join(', '),
    expected: `at most ${guard.guests}, or ${percent} % of them (Fleet spec.guard)`,
    hint: 'if that is meant: apply --allow-prune, or where a controller runs plumbline approve',
  };
}

function goesAway({ before, action }: AnyChange): boolean {
  return before?.kind === 'link' && isGuestDevice(before) && (action === 'replace' || action === 'delete');
}

function cuts(change: AnyChange): boolean {
  return change.impact === 'interrupt' || change.impact === 'rewire';
}

/** Guests with a device of ours here, and those of them that have one open, as far as was looked. */
export function guestsHere(gating: Gating): { running: ReadonlySet<string>; here: ReadonlySet<string> } {
  const uses = usesOf(gating.sides.observed.keys(), gating);
  const running = new Set([...uses].flatMap(([guest, open]) => (open ? [guest] : [])));
  return { running, here: new Set(uses.keys()) };
}

/**
 * Those guests behind a change that notice it: who has a device open that hangs on what changes. A guest that is behind
 * it with no device of its own counts if it runs at all.
 */
export function runningBehind(change: AnyChange, running: ReadonlySet<string>, gating: Gating): string[] {
  const uses = usesOf(gating.graph.behind(change.id), gating);
  return change.guests.filter((guest) => uses.get(guest) ?? running.has(guest));
}

/** The guests whose devices are among these, and whether they have one of them open. */
function usesOf(ids: Iterable<Id>, { graph, sides, held }: Gating): Map<string, boolean> {
  const uses = new Map<string, boolean>();
  for (const id of ids) {
    const one = sides.observed.get(id);
    if (one?.kind !== 'link' || !isGuestDevice(one)) continue;
    const holder = held.get(one.name);
    const open = holder !== undefined && isHeld(holder);
    for (const guest of graph.guestsOf(id)) uses.set(guest, open || uses.get(guest) === true);
  }
  return uses;
}
