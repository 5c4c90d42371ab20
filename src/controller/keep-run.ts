import { type Applied, exitStatus } from '../run/apply.ts';
import { History } from './history.ts';
import { runRecord } from './run-record.ts';
import type { Trigger } from './words.ts';

/**
 * Writes a run that no controller did into the history, if it changed anything; `at` is when it began. Returns why it
 * could not.
 */
export function keepRun(
  stateDirectory: string,
  applied: Applied,
  { at, trigger }: { at: number; trigger: Trigger },
): string | null {
  const { plan, outcomes } = applied;
  if (![...outcomes.values()].some(({ result }) => result === 'done' || result === 'failed')) return null;
  const about = { at, duration: Date.now() - at, triggers: [trigger], status: exitStatus(applied) };
  return new History(stateDirectory).append(runRecord(plan, outcomes, about));
}
