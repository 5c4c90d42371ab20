import type { Plan } from '../model/plan.ts';
import { beginReading } from '../run/observe.ts';
import { planHost } from '../run/plan-host.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { otherRun } from './other-run.ts';
import { nextCommand, writePlan } from './plan-output.ts';
import { openTask } from './session.ts';

/** `plumbline plan`: shows what apply would change, touching nothing. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('plan', argv);
  const before = otherRun(io.env);
  const reading = beginReading(io.env);
  const task = await openTask({ ...options, allowPrune: false }, io);
  const { plan: planned } = await planHost(task, reading);
  // One that began while the host was read changes it all the same.
  const other = before ?? otherRun(io.env);
  const plan = other === null ? planned : { ...planned, problems: [other, ...planned.problems] };
  await writePlan(io, options.output, plan, {
    command: 'plan',
    outcomes: null,
    directory: options.directory,
    next: nextCommand(plan, 'apply', options, io.env),
  });
  return exitStatus(plan, options.exitCode);
}

/** 1 where a part of the host could not be read: then nothing can be said of it, whatever else would change. */
function exitStatus({ changes, inSync, problems }: Plan, exitCode: boolean): number {
  if (problems.some(({ code }) => code === 'ovs-unreachable')) return EXIT.failed;
  if (!exitCode || inSync) return EXIT.ok;
  return changes.length > 0 ? EXIT.pending : EXIT.failed;
}
