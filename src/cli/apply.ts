import { applyTask, exitStatus } from '../run/apply.ts';
import { readHost } from '../run/observe.ts';
import type { Io } from './io.ts';
import { whileLocked } from './locked.ts';
import { parseOptions } from './options.ts';
import { writePlan } from './plan-output.ts';
import { openTask } from './session.ts';

/** `plumbline apply`: makes it so, reads the host again and verifies. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('apply', argv);
  const prepare = async (locked: Promise<void>) => {
    // The documents are read while the lock is taken and the host is read.
    const reading = locked.then(() => readHost(io.env));
    reading.catch(() => {});
    return { task: await openTask(options, io), reading };
  };
  return whileLocked(io, prepare, async (control, { task, reading }) => {
    const applied = await applyTask(task, { ...control, reading });
    control.end();
    await writePlan(io, options.output, applied.plan, {
      command: 'apply',
      outcomes: applied.outcomes,
      next: null,
    });
    return exitStatus(applied);
  });
}
