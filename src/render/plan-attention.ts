import type { Source } from '../model/problem.ts';
import type { Line, Look, Medium } from './line.ts';
import { span } from './line.ts';
import { causesOf } from './plan-causes.ts';
import type { ProblemIndex } from './plan-problems.ts';
import { impactRank, type Outcomes, type Row, type Section } from './plan-rows.ts';
import type { PlanCommand } from './plan-summary.ts';
import { attentionLines } from './plan-table.ts';
import { gateText, impactText, worstOf } from './plan-words.ts';

/** The order of the report. */
const ORDER = [
  'failed',
  'held',
  'connected',
  'guard',
  'contended',
  'paused',
  'blocked',
  'skipped',
  'touches',
] as const;
type Attention = (typeof ORDER)[number];

const HEADINGS: Record<Exclude<Attention, 'touches'>, { words: string; look: Look }> = {
  failed: { words: 'Failed', look: 'badBold' },
  held: { words: 'Held back: a running guest has the device', look: 'warnBold' },
  connected: { words: 'Held back: guests are connected', look: 'warnBold' },
  guard: { words: 'Held back: nothing of this is done without approval', look: 'warnBold' },
  contended: { words: 'Left alone for a while: somebody else keeps changing it back', look: 'warnBold' },
  paused: { words: 'Left alone: paused (plumbline resume ends that)', look: 'warnBold' },
  blocked: { words: 'Cannot be done as things are', look: 'badBold' },
  skipped: { words: 'Skipped: what it needs failed', look: 'warnBold' },
};

/** Lines of a tool's words beyond the first. */
const MORE_WORDS = 6;

interface Context {
  medium: Medium;
  outcomes: Outcomes | null;
  command: PlanCommand;
  placeOf(source: Source): string;
  holderName(pid: number): string | null;
}

export interface AttentionSection {
  section: Section | null;
  heading: Line;
  lines: Line[];
}

/** What a person must look at, worst first; of many rows with one cause the first few. */
export function attentionSections(
  rows: readonly Row[],
  problems: ProblemIndex,
  context: Context,
): AttentionSection[] {
  const { medium } = context;
  return ORDER.flatMap((section): AttentionSection[] => {
    const own = rows.filter((row) => row.section === section);
    if (own.length === 0) return [];
    const sorted = section === 'touches' || section === 'guard' ? own.sort((a, b) => rank(b) - rank(a)) : own;
    const lines = attentionLines(
      causesOf(sorted, medium),
      (row) => noteOf(row, context),
      (row) => detailsOf(row, problems, context),
      medium,
    );
    return [{ section, heading: headingOf(section, own, context), lines }];
  });
}

function headingOf(section: Attention, rows: readonly Row[], { medium, outcomes }: Context): Line {
  if (section !== 'touches') return [span(HEADINGS[section].words, medium, HEADINGS[section].look)];
  const known = rows.every((row) => worstOf(row).running !== undefined);
  const words = `${outcomes === null ? 'Touches' : 'Touched'} ${known ? 'running guests' : 'guests'}`;
  return [span(words, medium, 'warnBold')];
}

/** What nobody notices is no more than what changes nothing for anybody. */
function rank(row: Row): number {
  const { impact, running } = worstOf(row);
  return running?.length === 0 ? 0 : impactRank(impact);
}

function noteOf(row: Row, { outcomes, placeOf, holderName }: Context): string {
  const { change, outcome } = row;
  switch (row.section) {
    case 'failed':
      return outcome?.message?.trim().split('\n', 1)[0] ?? 'the tool gave no reason';
    case 'held':
    case 'connected':
    case 'guard':
    case 'contended':
    case 'paused':
      return gateText(row, holderName) || (outcome?.message ?? change.reason);
    case 'blocked': {
      const source = change.after?.source;
      const asked = source === undefined ? '' : `; asked for by ${placeOf(source)}`;
      return `${gateText(row, holderName)}${asked}`;
    }
    case 'skipped':
      return outcome?.message ?? 'what it needs was not made';
    case 'touches':
    case 'calm':
      return touchNote(row, outcomes);
  }
}

function touchNote(row: Row, outcomes: Outcomes | null): string {
  const { change, outcome } = row;
  // The fields that differ stand beside it.
  const because = change.reason === 'differs' ? '' : change.reason;
  const ran = outcome === null || outcome.result === 'done' || outcome.begun === true;
  const impact = impactText(row, !ran ? 'conditional' : outcomes === null ? 'present' : 'past');
  const result = outcome === null ? '' : outcome.begun ? outcome.message : outcome.result.replace('-', ' ');
  return [result, impact, because].filter((words) => words !== '').join('; ');
}

/** Lines below a row: more of the tool's words, who asked for it, what would resolve it. */
function detailsOf(
  { section, change, outcome }: Row,
  problems: ProblemIndex,
  { command, placeOf }: Context,
): string[] {
  if (section === 'failed') {
    const more =
      outcome?.message
        ?.trim()
        .split('\n')
        .slice(1, 1 + MORE_WORDS) ?? [];
    const source = change.after?.source;
    return source === undefined ? more : [...more, `asked for by ${placeOf(source)}`];
  }
  if (section === 'held' && change.gate.is !== 'open') {
    const again = command === 'teardown' ? 'teardown' : 'apply';
    return [
      `→ done once the device is let go, or by plumbline ${again} --allow-recreate, which cuts the guest off`,
    ];
  }
  const hint = section === 'blocked' ? problems.of(change)?.hint : undefined;
  return hint === undefined ? [] : [`→ ${hint}`];
}
