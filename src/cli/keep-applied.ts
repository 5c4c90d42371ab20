import { sandboxSettings } from '../sandbox/settings.ts';
import { stateDirectory } from '../tools/directories.ts';
import { messageOf } from '../tools/result.ts';
import type { Io } from './io.ts';
import type { OpenedTask } from './session.ts';

/** Begins with what `keepApplied` needs, while there is time. */
export function prepareToKeep({ loaded }: OpenedTask, io: Io): void {
  // Why they are not to be had is told when they are to be kept.
  if (sandboxSettings(io.env) === null) loaded.texts().catch(() => {});
}

/** Keeps the documents that a later `apply --confirm` goes back to. Their lack fails no apply. */
export async function keepApplied({ task, loaded }: OpenedTask, io: Io): Promise<void> {
  if (sandboxSettings(io.env) !== null) return;
  try {
    const store = await import('../controller/safety/applied.ts');
    store.keepApplied(stateDirectory(io.env), { host: task.host, texts: await loaded.texts() });
  } catch (error) {
    io.stderr.write(
      `What was applied could not be kept for a later apply --confirm to go back to: ${messageOf(error)}\n`,
    );
  }
}
