import type { Plan } from '../model/plan.ts';
import { type Outcomes, planRows, type Row } from '../render/plan-rows.ts';
import { gateText, whatText, whoText } from '../render/plan-words.ts';
import type { Waiting } from './words.ts';

/** What does not go ahead, or has failed, each in one line of words; in the order of the plan's report. */
export function waitingOf(
  plan: Plan,
  outcomes: Outcomes | null,
  holderName: (pid: number) => string | null,
): Waiting[] {
  return planRows(plan, outcomes).flatMap((row) => {
    const why = whyOf(row);
    if (why === null) return [];
    const { id, guests } = row.change;
    const who = whoText(row);
    const what = `${who === null ? '' : `${who} `}${whatText(row)}`;
    return [{ id, guests, why, text: `${what}: ${becauseOf(row, holderName)}` }];
  });
}

/** How many lines of the report are neither done nor held back by anything: they are simply to be made. */
export function pendingOf(plan: Plan, outcomes: Outcomes | null): number {
  return planRows(plan, outcomes).filter((row) => whyOf(row) === null && row.outcome?.result !== 'done')
    .length;
}

function whyOf({ section, change, own }: Row): Waiting['why'] | null {
  switch (section) {
    case 'failed':
    case 'guard':
    case 'paused':
    case 'contended':
    case 'connected':
      return section;
    case 'held':
      // What a guest has here, and git has elsewhere.
      return change.action === 'delete' && own !== null ? 'leaving' : 'held';
    case 'blocked':
      return change.gate.is === 'taken' ? 'taken' : 'blocked';
    case 'skipped':
      return 'blocked';
    case 'touches':
    case 'calm':
      return null;
  }
}

function becauseOf(row: Row, holderName: (pid: number) => string | null): string {
  const { change, outcome, section } = row;
  if (section !== 'failed') return gateText(row, holderName) || (outcome?.message ?? change.reason);
  const words = outcome?.message?.trim().split('\n', 1)[0] ?? 'the tool gave no reason';
  const source = change.after?.source;
  return source === undefined ? words : `${words} (${source.file}:${source.line})`;
}
