import type { Trigger } from '../model/status.ts';
import type { Applied } from '../run/apply.ts';
import { sandboxSettings } from '../sandbox/settings.ts';
import { stateDirectory } from '../tools/directories.ts';
import type { Io } from './io.ts';

/** Begins with loading what it takes to write a run, while there is time. Why it cannot be had is told then. */
export async function prepareRecord(io: Io): Promise<void> {
  if (sandboxSettings(io.env) === null) await import('../controller/keep-run.ts').catch(() => {});
}

/** Writes a run into this host's history. That it cannot be written fails no run. `began` is as Date.now() has it. */
export async function recordRun(trigger: Trigger, applied: Applied, began: number, io: Io): Promise<void> {
  if (sandboxSettings(io.env) !== null) return;
  const { keepRun } = await import('../controller/keep-run.ts');
  const why = keepRun(stateDirectory(io.env), applied, { at: began, trigger });
  if (why !== null) io.stderr.write(`plumbline history will not show this run: ${why}\n`);
}
