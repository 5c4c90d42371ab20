import type { Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import { type Applied, applyTask, exitStatus } from '../run/apply.ts';
import { beginReading } from '../run/observe.ts';
import { collectLate } from '../tools/optimize.ts';
import { AppliedCopy } from './applied-copy.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { requireRightsFor, whileLocked } from './locked.ts';
import { parseOptions } from './options.ts';
import { ApplyReport, nextCommand } from './plan-output.ts';
import { prepareRecord, recordRun } from './record-run.ts';
import { type OpenedTask, openLoadedTask } from './session.ts';

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
    const at = Date.now();
    let expected: string | null = null;
    const report = new ApplyReport(io, options);
    const copy = new AppliedCopy(opened, io);
    const meanwhile = async (plan: Plan, outcomes: ReadonlyMap<Id, Outcome>) => {
      report.prepare(plan, outcomes);
      await copy.prepare();
      expected = await prepareRecord(plan, outcomes, io);
      collectLate();
    };
    const applied = await applyTask(opened.task, {
      ...control,
      reading,
      onPlan: requireRightsFor,
      meanwhile,
    });
    control.end();
    await report.write(applied, nextCommand(applied.plan, 'apply', options, io.env));
    await recordRun(applied, { trigger: 'apply', at, expected }, io);
    await endOvertaken(opened, applied, io);
    const status = exitStatus(applied);
    if (status !== EXIT.failed) await copy.keep();
    return status;
  });
}

/** What git says itself now needs no claim any more. */
async function endOvertaken(
  { loaded, task }: OpenedTask,
  { plan, outcomes }: Applied,
  io: Io,
): Promise<void> {
  if (task.desired?.fleet.claims === undefined) return;
  const { endClaim, readClaims } = await import('../controller/claims.ts');
  const { overtaken } = await import('../controller/claimable.ts');
  const { claims } = readClaims(io.env, Date.now());
  const done = (id: Id) => outcomes.get(id)?.result === 'done';
  for (const guest of overtaken(claims, loaded.fleet, task.host, { plan, done })) endClaim(io.env, guest);
}
