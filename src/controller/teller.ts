import { ProblemsError } from '../model/problem.ts';
import { describeFields } from '../render/plan-fields.ts';
import type { Observation } from './controller.ts';
import type { Tell } from './daemon.ts';
import { type Log, logProblem } from './log.ts';
import type { KeptThing, TroubleEars } from './troubles.ts';
import type { RunRecord } from './words.ts';

export interface Teller extends Tell, TroubleEars {
  /** Whoever counts runs; told of each. */
  attach(count: (record: RunRecord, drift: boolean) => void): void;
}

/** What lasts is said again after so long. Milliseconds. */
const AGAIN_MS = 60_000;

const KEPT: Readonly<Record<KeptThing, string>> = {
  good: 'the last good documents',
  history: 'the history',
  pauses: 'the pauses',
  trial: 'the trial of a change',
};

/** Puts into words, and into the log, what the controller does. What lasts is said again each minute. */
export function teller(log: Log): Teller {
  let count: ((record: RunRecord, drift: boolean) => void) | null = null;
  let lastState = '';
  const said = new Map<string, { words: string; at: number }>();
  return {
    attach(counter) {
      count = counter;
    },
    observed(observation, drift) {
      count?.(observation.record, drift);
      sayChanges(log, observation, drift);
      const { plan, record } = observation;
      const left = plan.changes.filter(({ id }) => observation.outcomes?.get(id)?.result !== 'done');
      const state = JSON.stringify([
        left.map(({ id, gate }) => [id, gate.is]),
        plan.problems,
        plan.revision,
        record.status,
      ]);
      // A change is followed by a run that finds it made, which is no news.
      const changed = record.changes.some(({ result }) => result === 'done' || result === 'failed');
      if (state === lastState && !changed) return;
      if (state !== lastState) {
        said.clear();
        for (const problem of plan.problems) logProblem(log, problem);
      }
      lastState = state;
      const how = { 0: 'in sync', 1: 'not converged', 2: 'converged but for what is held back' }[
        record.status
      ];
      const waiting = plan.changes.filter(({ gate }) => gate.is !== 'open').length;
      const { revision, duration, triggers } = record;
      log.info({ revision, duration, triggers, waiting }, how);
    },
    takenBack(plan, record) {
      count?.(record, false);
      sayChanges(log, { plan, record }, false);
      const { revision, duration, triggers } = record;
      log.warn({ revision, duration, triggers }, 'its probes fail: the host goes back');
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
    sourceTrouble(why) {
      if (why === null) log.info('git can be asked again');
      else log.warn(`nothing new can be had from git: ${why}`);
    },
    onTrouble(what, error) {
      const words = error instanceof Error ? error.message : error === null ? '' : String(error);
      const before = said.get(what);
      const now = Date.now();
      if (before?.words === words && now - before.at < AGAIN_MS) return;
      said.set(what, { words, at: now });
      log.warn(words === '' ? what : `${what}: ${words}`);
      if (error instanceof ProblemsError) for (const problem of error.problems) logProblem(log, problem);
    },
    onKept(thing) {
      said.clear();
      log.info(`${KEPT[thing]} can be written again`);
    },
  };
}

function sayChanges(log: Log, { record, plan }: Pick<Observation, 'plan' | 'record'>, drift: boolean): void {
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
      ...guestFields(guests),
      drift,
      ...(message === null ? {} : { message }),
    };
    const what = describeFields(change?.fields ?? []).join(', ');
    if (result === 'done') log.info(fields, what === '' ? `${action} ${id}` : `${action} ${id}: ${what}`);
    else log.error(fields, `${action} ${id} failed`);
  }
}

/** A line for a thousand guests' bridge is read by nobody: the history has all of them. */
const GUESTS_IN_A_LINE = 20;

function guestFields(guests: readonly string[]): { guests: readonly string[]; moreGuests?: number } {
  const more = guests.length - GUESTS_IN_A_LINE;
  return more <= 0 ? { guests } : { guests: guests.slice(0, GUESTS_IN_A_LINE), moreGuests: more };
}
