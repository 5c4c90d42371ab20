import type { Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import { type Applied, exitStatus } from '../run/apply.ts';
import { History } from './history.ts';
import { runChanges, runRecord } from './run-record.ts';
import type { Trigger } from './words.ts';

/** What became of each change, as the history has it: JSON. */
export function expectedChanges(plan: Plan, outcomes: ReadonlyMap<Id, Outcome>): string {
  return JSON.stringify(runChanges(plan, outcomes));
}

/**
 * Writes a run that no controller did into the history, if it changed anything; `at` is when it began, `expected` what
 * was expected of it, where that was put into words before. Returns why it could not.
 */
export function keepRun(
  stateDirectory: string,
  applied: Applied,
  { at, trigger, expected = null }: { at: number; trigger: Trigger; expected?: string | null },
): string | null {
  const { plan, outcomes, asExpected } = applied;
  if (![...outcomes.values()].some(({ result }) => result === 'done' || result === 'failed')) return null;
  const about = { at, duration: Date.now() - at, triggers: [trigger], status: exitStatus(applied) };
  const history = new History(stateDirectory);
  return asExpected && expected !== null
    ? history.append(runRecord(plan, null, about), expected)
    : history.append(runRecord(plan, outcomes, about));
}
