import { applyTask, exitStatus } from '../run/apply.ts';
import type { Io } from './io.ts';
import { whileLocked } from './locked.ts';
import { parseOptions } from './options.ts';
import { writePlan } from './plan-output.ts';
import { openTask } from './session.ts';

/** `plumbline apply`: makes it so, reads the host again and verifies. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('apply', argv);
  const task = await openTask(options, io);
  return whileLocked(io, async (control) => {
    const applied = await applyTask(task, control);
    control.end();
    await writePlan(io, options.output, applied.plan, {
      command: 'apply',
      outcomes: applied.outcomes,
      next: null,
    });
    return exitStatus(applied);
  });
}
