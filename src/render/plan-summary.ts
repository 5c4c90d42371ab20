import type { Action, Impact, Plan, Result } from '../model/plan.ts';
import { SANDBOX_SKIPPED } from '../model/plan.ts';
import { heldBack } from '../plan/held-back.ts';
import type { Line, Medium } from './line.ts';
import { span } from './line.ts';
import { impactRank, type Outcomes, outcomeOf, touchedGuests, touches } from './plan-rows.ts';
import { listNames } from './plan-words.ts';

export type PlanCommand = 'plan' | 'apply' | 'teardown';

/** `Plan: 1 to create, …`, and what it means for guests. Counts are those of the JSON: one for each change. */
export function planSummary(plan: Plan, command: PlanCommand, medium: Medium): Line[] {
  const { summary } = plan;
  const parts = [
    `${summary.create} to create`,
    `${summary.update} to update`,
    `${summary.replace} to replace`,
    `${summary.delete} to delete`,
    `${summary.held} held`,
  ];
  if (summary.skipped > 0) parts.push(`${summary.skipped} cannot be done`);
  const label = command === 'teardown' ? 'Teardown' : 'Plan';
  return [
    [span(`${label}: `, medium, 'bold'), span(`${parts.join(', ')}.`, medium)],
    guestsLine(plan, null, medium),
  ];
}

const DONE: Record<Action, string> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
};

/** What was done, and what was not, in one line; then what it meant for guests. */
export function outcomeSummary(plan: Plan, outcomes: Outcomes, medium: Medium): Line[] {
  const results = new Map<Result, number>();
  const done = new Map<Action, number>();
  let begun = 0;
  for (const change of plan.changes) {
    const outcome = outcomeOf(change, outcomes);
    const result = outcome?.result ?? 'not-run';
    if (outcome?.begun) begun++;
    results.set(result, (results.get(result) ?? 0) + 1);
    if (result === 'done') done.set(change.action, (done.get(change.action) ?? 0) + 1);
  }
  const left = (['failed', 'skipped', 'held', 'not-run'] as const)
    .map((result) => ({ words: result.replace('-', ' '), n: results.get(result) ?? 0 }))
    .filter(({ n }) => n > 0)
    .map(({ words, n }) => `${n} ${words}`);
  // The last of them are those that did not run.
  if (begun > 0) left.push(`${begun} of them begun`);
  const made = (['create', 'update', 'replace', 'delete'] as const).map(
    (action) => `${done.get(action) ?? 0} ${DONE[action]}`,
  );
  const verdict = verdictOf(plan, outcomes);
  const counts = [made.join(', '), ...(left.length > 0 ? [left.join(', ')] : [])].join('; ');
  return [
    [span(`${verdict.words}: `, medium, verdict.look), span(`${counts}.`, medium)],
    guestsLine(plan, outcomes, medium),
  ];
}

/** What a stopped run left behind, and what becomes of it. */
export function unfinishedLine(links: number, medium: Medium): Line {
  const made = links === 1 ? '1 link is made and not yet' : `${links} links are made and not yet`;
  const them = links === 1 ? 'it' : 'them';
  return [
    span(`${made} in service: the next apply clears ${them} away and goes on`, medium, 'warnBold'),
    span(`; plumbline teardown removes ${them}.`, medium),
  ];
}

/** The three ends of an apply, as its exit status tells them. */
function verdictOf(plan: Plan, outcomes: Outcomes) {
  const waiting = heldBack(plan.changes);
  const left = plan.changes.filter((change) => outcomeOf(change, outcomes)?.result !== 'done');
  const unmet = left.some(
    (change) => outcomeOf(change, outcomes)?.result !== 'held' && !waiting.has(change.id),
  );
  if (unmet || plan.problems.some((problem) => problem.severity === 'error')) {
    return { words: 'Not converged', look: 'badBold' } as const;
  }
  if (left.length > 0) return { words: 'Converged but for what is held', look: 'warnBold' } as const;
  if (skipsSome(plan)) return { words: 'Converged but for what is skipped above', look: 'warnBold' } as const;
  return { words: 'Converged', look: 'good' } as const;
}

/** Whether a sandbox lacks what a part of the documents would need. */
export function skipsSome({ problems }: Plan): boolean {
  return problems.some(({ code }) => code === SANDBOX_SKIPPED);
}

const TOUCHED: Record<Exclude<Impact, 'none'>, string> = {
  interrupt: 'interrupted',
  rewire: 'rewired to another segment',
  recreate: 'to be plugged again',
  remove: 'without their device',
};

/** "No running guest …" only where that is known of every change that goes ahead, or went. */
function guestsLine(plan: Plan, outcomes: Outcomes | null, medium: Medium): Line {
  const past = outcomes !== null;
  const worst = new Map<string, Exclude<Impact, 'none'>>();
  let allLooked = true;
  for (const change of plan.changes) {
    // A failed change may have been half of the way, and one that was begun was.
    const outcome = outcomeOf(change, outcomes);
    const happens =
      outcome === null
        ? change.gate.is === 'open'
        : outcome.result === 'done' || outcome.result === 'failed' || outcome.begun === true;
    if (!happens || change.impact === 'none' || !touches(change)) continue;
    if (change.running === undefined) allLooked = false;
    for (const guest of touchedGuests(change)) {
      const before = worst.get(guest);
      if (before === undefined || impactRank(before) < impactRank(change.impact)) {
        worst.set(guest, change.impact);
      }
    }
  }
  if (worst.size === 0) {
    return [span(`No running guest ${past ? 'was' : 'is'} interrupted.`, medium, 'good')];
  }
  const parts = (['remove', 'recreate', 'rewire', 'interrupt'] as const).flatMap((impact) => {
    const guests = [...worst].filter(([, i]) => i === impact).map(([guest]) => guest);
    return guests.length === 0 ? [] : [`${guests.length} ${TOUCHED[impact]} (${listNames(guests, 5)})`];
  });
  const who = allLooked ? 'Running guests' : 'Guests';
  return [span(`${who} touched: ${parts.join(', ')}.`, medium, 'warnBold')];
}
