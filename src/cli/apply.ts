import { applyTask, exitStatus } from '../run/apply.ts';
import { beginReading } from '../run/observe.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { keepApplied } from './keep-applied.ts';
import { whileLocked } from './locked.ts';
import { parseOptions } from './options.ts';
import { ApplyReport } from './plan-output.ts';
import { recordRun } from './record-run.ts';
import { openLoadedTask } from './session.ts';

/** `plumbline apply`: makes it so, reads the host again and verifies. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('apply', argv);
  if (options.confirm !== null) {
    const { runConfirmed } = await import('./apply-confirm.ts');
    return runConfirmed(options, options.confirm, io);
  }
  const prepare = async (locked: Promise<void>) => {
    // The documents are read while the lock is taken and the host is read.
    const reading = locked.then(() => beginReading(io.env));
    reading.catch(() => {});
    return { opened: await openLoadedTask(options, io), reading };
  };
  return whileLocked(io, prepare, async (control, { opened, reading }) => {
    const began = Date.now();
    const report = new ApplyReport(io, options.output);
    const meanwhile = report.prepare.bind(report);
    const applied = await applyTask(opened.task, { ...control, reading, meanwhile });
    control.end();
    await report.write(applied.plan, applied.outcomes);
    await recordRun('apply', applied, began, io);
    const status = exitStatus(applied);
    if (status !== EXIT.failed) await keepApplied(opened, io);
    return status;
  });
}
