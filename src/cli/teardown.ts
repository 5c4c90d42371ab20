import { hostname } from 'node:os';
import { DEFAULT_GUARD } from '../plan/guard.ts';
import { applyPlan, exitStatus } from '../run/apply.ts';
import { planHost } from '../run/plan-host.ts';
import type { Task } from '../run/task.ts';
import { EXIT, ExitError } from './exit.ts';
import type { Io } from './io.ts';
import { requireRightsFor, whileLocked } from './locked.ts';
import { parseOptions } from './options.ts';
import { nextCommand, writePlan } from './plan-output.ts';
import { recordRun } from './record-run.ts';

/** `plumbline teardown`: removes all that Plumbline owns here, after showing it. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('teardown', argv);
  const task = teardownTask(options.allowRecreate, io.env);
  const prepare = async (locked: Promise<void>) => {
    await locked;
    return planHost(task);
  };
  return whileLocked(io, prepare, async (control, planned) => {
    const { plan } = planned;
    const show = (next: string | null) =>
      writePlan(io, options.output, plan, { command: 'teardown', outcomes: null, next });
    if (plan.changes.length === 0) {
      await show(null);
      return EXIT.ok;
    }
    if (!options.yes) {
      await show(nextCommand(plan, 'teardown', options, io.env));
      if (!io.interactive || !(await confirmed())) {
        throw new ExitError(
          EXIT.failed,
          'nothing was removed: it was not confirmed',
          'plumbline teardown --yes',
        );
      }
    }
    requireRightsFor(plan);
    const began = Date.now();
    const applied = await applyPlan(task, planned, control);
    control.end();
    await writePlan(io, options.output, applied.plan, {
      command: 'teardown',
      outcomes: applied.outcomes,
      next: applied.stopped ? nextCommand(plan, 'teardown', options, io.env) : null,
      unfinished: applied.unfinished,
    });
    await recordRun(applied, { trigger: 'teardown', at: began }, io);
    return exitStatus(applied);
  });
}

/** Nothing is wanted; that everything goes is what was asked for, so the guard has nothing to say. */
function teardownTask(allowRecreate: boolean, env: NodeJS.ProcessEnv): Task {
  return {
    desired: null,
    host: hostname(),
    revision: null,
    allowRecreate,
    allowPrune: true,
    guard: DEFAULT_GUARD,
    deviceOwner: null,
    datapath: null,
    skipped: new Map(),
    notices: [],
    env,
  };
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question('Remove all of this? Type yes: ')).trim() === 'yes';
  } finally {
    terminal.close();
  }
}
