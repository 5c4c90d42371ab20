import type { AnyChange, Outcome, Plan } from '../model/plan.ts';
import type { Id } from '../model/resource.ts';
import { heldBack } from '../plan/held-back.ts';
import type { ExecuteOptions } from './execute.ts';
import { DONE, executeSteps } from './execute.ts';
import type { Reading } from './observe.ts';
import type { PlannedHost } from './plan-host.ts';
import { planHost } from './plan-host.ts';
import type { Task } from './task.ts';
import { beginVerifying, verify } from './verify.ts';

export interface Applied {
  plan: Plan;
  outcomes: Map<Id, Outcome>;
  /** Whether nothing failed, so that all is as `meanwhile` was told. */
  asExpected: boolean;
  /** Whether it was stopped before its end. */
  stopped: boolean;
  /** Links that it left behind, made and not yet in service: only where it was stopped. */
  unfinished: number;
}

export interface ApplyOptions extends Omit<ExecuteOptions, 'env' | 'seen'> {
  /** Called with the plan before anything is done. */
  onPlan?(plan: Plan): void;
  /** Called while the tools are at work, with what becomes of the plan if nothing fails: for work that can go on beside. */
  meanwhile?(plan: Plan, expected: ReadonlyMap<Id, Outcome>): void;
  /** A read of the host that was begun with the host's lock held. */
  reading?: Promise<Reading>;
}

/** Plans, executes, reads the host again and holds what it finds against the plan. */
export async function applyTask(task: Task, options: ApplyOptions): Promise<Applied> {
  const planned = await planHost(task, options.reading);
  options.onPlan?.(planned.plan);
  return applyPlan(task, planned, options);
}

/** As `applyTask`, with a plan that was made in this run. */
export async function applyPlan(task: Task, planned: PlannedHost, options: ApplyOptions): Promise<Applied> {
  const { plan, steps, state } = planned;
  const gated = gatedOutcomes(plan.changes);
  if (steps.length === 0) {
    return { plan, outcomes: gated, asExpected: true, stopped: false, unfinished: 0 };
  }
  const outcomes = new Map(gated);
  const executing = executeSteps(steps, { ...options, env: task.env, seen: state });
  if (options.meanwhile !== undefined) {
    const { meanwhile } = options;
    // A turn later the first batch is on its way.
    const beside = setImmediate(() => meanwhile(plan, allDone(plan.changes, gated)));
    executing.catch(() => clearImmediate(beside));
  }
  const done = await executing;
  // The host is read while it is put down what was done.
  const reading = beginVerifying(task, plan.changes);
  done.forEach((outcome, id) => {
    outcomes.set(id, outcome);
  });
  plan.changes.forEach(({ id }) => {
    // Nothing was to be done for it: what it hung on was made anew, and that was all.
    if (!outcomes.has(id)) outcomes.set(id, DONE);
  });
  const stopped = options.stop();
  const { unfinished } = await verify(task, plan.changes, outcomes, stopped, reading);
  return { plan, outcomes, asExpected: wentAsExpected(outcomes, gated), stopped, unfinished };
}

function allDone(changes: readonly AnyChange[], gated: ReadonlyMap<Id, Outcome>): Map<Id, Outcome> {
  return new Map(changes.map(({ id }) => [id, gated.get(id) ?? DONE]));
}

function wentAsExpected(outcomes: ReadonlyMap<Id, Outcome>, gated: ReadonlyMap<Id, Outcome>): boolean {
  let went = true;
  outcomes.forEach((outcome, id) => {
    const { result, message } = gated.get(id) ?? DONE;
    went &&= outcome.result === result && outcome.message === message;
  });
  return went;
}

function gatedOutcomes(changes: readonly AnyChange[]): Map<Id, Outcome> {
  const outcomes = new Map<Id, Outcome>();
  const held = heldBack(changes);
  changes.forEach(({ id, gate }) => {
    if (held.has(id)) outcomes.set(id, { result: 'held', message: gate.is === 'blocked' ? gate.why : null });
    else if (gate.is !== 'open') outcomes.set(id, { result: 'skipped', message: gate.why });
  });
  return outcomes;
}

/** DESIGN §3: 0 converged; 2 converged but for what is held back; 1 not converged. */
export function exitStatus({ plan, outcomes }: Applied): 0 | 1 | 2 {
  let held = false;
  for (const { result } of outcomes.values()) {
    if (result === 'held') held = true;
    else if (result !== 'done') return 1;
  }
  if (plan.problems.some((problem) => problem.severity === 'error')) return 1;
  return held ? 2 : 0;
}
