import { readHost } from '../run/observe.ts';
import { planHost } from '../run/plan-host.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { parseOptions } from './options.ts';
import { nextCommand, writePlan } from './plan-output.ts';
import { openTask } from './session.ts';

/** `plumbline plan`: shows what apply would change, touching nothing. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('plan', argv);
  const reading = readHost(io.env);
  const task = await openTask({ ...options, allowRecreate: false, allowPrune: false }, io);
  const { plan } = await planHost(task, reading);
  await writePlan(io, options.output, plan, {
    command: 'plan',
    outcomes: null,
    next: nextCommand(plan, 'apply', options, io.env),
  });
  return options.exitCode && !plan.inSync ? EXIT.pending : EXIT.ok;
}
