import { ProblemsError } from '../model/problem.ts';
import { describeFields } from '../render/plan-fields.ts';
import type { Observation } from './controller.ts';
import type { Tell } from './daemon.ts';
import { type Log, logProblem } from './log.ts';
import type { RunRecord } from './words.ts';

export interface Teller extends Tell {
  /** Whoever counts runs; told of each. */
  attach(count: (record: RunRecord, drift: boolean) => void): void;
}

/** Puts into words, and into the log, what the controller does. What has not changed since is not said again. */
export function teller(log: Log): Teller {
  let count: ((record: RunRecord, drift: boolean) => void) | null = null;
  let lastPlan = '';
  const said = new Map<string, string>();
  return {
    attach(counter) {
      count = counter;
    },
    observed(observation, drift) {
      count?.(observation.record, drift);
      sayChanges(log, observation, drift);
      const { plan, record } = observation;
      const waiting = plan.changes.filter(({ gate }) => gate.is !== 'open').length;
      const state = JSON.stringify([plan.digest, plan.revision, record.status, waiting]);
      if (state === lastPlan) return;
      lastPlan = state;
      said.clear();
      for (const problem of plan.problems) logProblem(log, problem);
      const how = { 0: 'in sync', 1: 'not converged', 2: 'converged but for what is held back' }[
        record.status
      ];
      const { revision, duration, triggers } = record;
      log.info({ revision, duration, triggers, waiting }, how);
    },
    rejected(rejection) {
      if (rejection === null) {
        log.info('no revision is rejected any more');
        return;
      }
      const { revision, why, problems } = rejection;
      log.error({ revision, why }, 'the revision is rejected on this host: the last good one stays');
      for (const problem of problems) logProblem(log, problem);
    },
    trouble(what, error) {
      const words = error instanceof Error ? error.message : error === null ? '' : String(error);
      if (said.get(what) === words) return;
      said.set(what, words);
      log.warn(words === '' ? what : `${what}: ${words}`);
      if (error instanceof ProblemsError) for (const problem of error.problems) logProblem(log, problem);
    },
  };
}

function sayChanges(log: Log, { record, plan }: Observation, drift: boolean): void {
  const planned = new Map(plan.changes.map((change) => [change.id, change]));
  for (const { id, action, reason, result, message, guests, network } of record.changes) {
    if (result !== 'done' && result !== 'failed') continue;
    const change = planned.get(id);
    const source = change?.after?.source;
    const at = source === undefined ? {} : { file: source.file, line: source.line };
    const fields = {
      ...at,
      action,
      reason,
      network,
      guests,
      drift,
      ...(message === null ? {} : { message }),
    };
    const what = describeFields(change?.fields ?? []).join(', ');
    if (result === 'done') log.info(fields, what === '' ? `${action} ${id}` : `${action} ${id}: ${what}`);
    else log.error(fields, `${action} ${id} failed`);
  }
}
