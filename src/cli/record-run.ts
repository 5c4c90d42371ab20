import type { Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import type { Trigger } from '../model/status.ts';
import type { Applied } from '../run/apply.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import { stateDirectory } from '../tools/directories.ts';
import type { Io } from './io.ts';

/** Puts what is expected of a run into the history's words, while there is time. Why it cannot be is told then. */
export async function prepareRecord(
  plan: Plan,
  outcomes: ReadonlyMap<Id, Outcome>,
  io: Io,
): Promise<string | null> {
  if (sandboxSettings(io.env) !== null) return null;
  try {
    const { expectedChanges } = await import('../controller/keep-run.ts');
    return expectedChanges(plan, outcomes);
  } catch {
    return null;
  }
}

/**
 * Writes a run into this host's history. That it cannot be written fails no run. `at` is when it began, as Date.now()
 * has it; `expected` is of `prepareRecord`.
 */
export async function recordRun(
  applied: Applied,
  about: { trigger: Trigger; at: number; expected?: string | null },
  io: Io,
): Promise<void> {
  if (sandboxSettings(io.env) !== null) return;
  const { keepRun } = await import('../controller/keep-run.ts');
  const why = keepRun(stateDirectory(io.env), applied, about);
  if (why !== null) io.stderr.write(`plumbline history will not show this run: ${why}\n`);
}
