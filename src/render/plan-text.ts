import { LIBVIRT_NOT_SEEN, OVS_NOT_SEEN, type Plan } from '../model/plan.ts';
import type { Source } from '../model/problem.ts';
import type { Line, Medium } from './line.ts';
import { paintLine, span, wrapLine } from './line.ts';
import { attentionSections } from './plan-attention.ts';
import { count, networkLines } from './plan-networks.ts';
import { indexProblems, problemLines } from './plan-problems.ts';
import { type Outcomes, planRows } from './plan-rows.ts';
import { outcomeSummary, type PlanCommand, planSummary, skipsSome, unfinishedLine } from './plan-summary.ts';

export interface RenderOptions {
  color: boolean;
  /** Whether the terminal's character set is UTF-8; without it the output is ASCII. */
  unicode: boolean;
  /** Columns of the terminal; Infinity where there is none. What is wider goes on in the next line. */
  width: number;
  /** What became of each change; null before an apply. */
  outcomes: Outcomes | null;
  command: PlanCommand;
  /** Links that a stopped run left behind, made and not yet in service; none if left out. */
  unfinished?: number;
  /** The command to type next; null when there is nothing to do. */
  next: string | null;
  /** What files are relative to, put before their names so that a terminal can open them; none if left out. */
  directory?: string;
  /** What a process is called, null when it is gone. */
  holderName(pid: number): string | null;
}

/**
 * A plan, or what became of it, for a person: what failed, is held back or touches guests first, then the networks one
 * by one, with long runs of equal lines folded, then the sum. It ends in a newline.
 */
export function renderPlanText(plan: Plan, options: RenderOptions): string {
  const { outcomes, command } = options;
  const medium: Medium = { color: options.color, unicode: options.unicode, width: options.width };
  const rows = planRows(plan, outcomes);
  const problems = indexProblems(plan.problems);
  const untold = problems.untold(rows);

  const directory = options.directory === undefined ? '' : `${options.directory.replace(/\/+$/, '')}/`;
  const placeOf = ({ file, line }: Source) => `${directory}${file}:${line}`;
  const lines: Line[] = [headerLine(plan, command, medium)];
  const sections = attentionSections(rows, problems, {
    medium,
    outcomes,
    command,
    placeOf,
    holderName: options.holderName,
  });
  if (untold.length > 0) {
    // What failed in an apply comes first; the rest of the report follows from what is wrong.
    const at = sections[0]?.section === 'failed' ? 1 : 0;
    sections.splice(at, 0, {
      section: null,
      heading: [span('Problems', medium, 'bold')],
      lines: problemLines(untold, placeOf, medium),
    });
  }
  for (const { heading, lines: body } of sections) lines.push([], heading, ...body);
  lines.push(...networkLines(plan, rows, medium), []);

  if (plan.changes.length === 0) lines.push(nothingLine(plan, command, medium));
  else
    lines.push(
      ...(outcomes === null ? planSummary(plan, command, medium) : outcomeSummary(plan, outcomes, medium)),
    );
  if (options.unfinished) lines.push(unfinishedLine(options.unfinished, medium));
  if (rows.some((row) => row.port !== null)) {
    lines.push([span('(A tap and its Open vSwitch port are one line and count as two.)', medium, 'dim')]);
  }
  if (rows.some((row) => row.alike.length > 0)) {
    lines.push([span('(Settings of one link are one line and count each.)', medium, 'dim')]);
  }
  const fitting = lines.flatMap((line) => wrapLine(line, medium, 2));
  // In one piece, to be copied.
  if (options.next !== null) {
    const failed = sections[0]?.section === 'failed';
    const word = failed ? 'Next, once that is mended: ' : 'Next: ';
    fitting.push([span(word, medium, 'bold'), span(options.next, medium, 'accent')]);
  }
  return `${fitting.map((line) => paintLine(line, medium.color)).join('\n')}\n`;
}

function headerLine(plan: Plan, command: PlanCommand, medium: Medium): Line {
  const host = span(`Host ${plan.host}`, medium, 'bold');
  if (command === 'teardown') return [host, span(': all that Plumbline owns here', medium)];
  const from = plan.revision === null ? '' : ` at ${plan.revision.slice(0, 7)}`;
  const counts = `${count(plan.networks.length, 'network')}, ${count(plan.guests, 'guest')}`;
  return [host, span(`${from}: ${counts}`, medium)];
}

const SEEN = ', as far as could be seen';

function nothingLine(plan: Plan, command: PlanCommand, medium: Medium): Line {
  const errors = plan.problems.filter((problem) => problem.severity === 'error').length;
  if (errors > 0) {
    return [
      span('Nothing to change', medium, 'warnBold'),
      span(`, but ${count(errors, 'problem')} above ${errors === 1 ? 'needs' : 'need'} you.`, medium),
    ];
  }
  const unseen = plan.problems.some(({ code }) => code === OVS_NOT_SEEN || code === LIBVIRT_NOT_SEEN);
  const look = unseen ? 'warnBold' : 'good';
  if (command === 'teardown')
    return [span(`Nothing here is Plumbline's${unseen ? SEEN : ''}: nothing to remove.`, medium, look)];
  if (skipsSome(plan)) {
    return [
      span('In sync but for what is skipped above', medium, 'warnBold'),
      span(': nothing to do.', medium),
    ];
  }
  return [span(`In sync${unseen ? SEEN : ''}`, medium, look), span(': nothing to do.', medium)];
}
