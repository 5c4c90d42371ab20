import type { RunChange, RunRecord } from '../model/status.ts';
import type { Line, Look, Medium } from './line.ts';
import { cutLine, paintLine, span } from './line.ts';
import { formatDuration, formatMoment } from './moment.ts';
import { listNames } from './plan-words.ts';
import { RUN_RESULTS, summaryWords, triggerWords } from './status-runs.ts';
import { alignColumns, moreLine, short } from './status-section.ts';

/** Changes that are shown of each run. */
const CHANGES_SHOWN = 10;

const SIGNS: Record<RunChange['action'], { sign: string; look: Look }> = {
  create: { sign: '+', look: 'good' },
  update: { sign: '~', look: 'warn' },
  replace: { sign: '±', look: 'warn' },
  delete: { sign: '-', look: 'bad' },
};

/** Runs for a person, oldest first, so that the newest stands by the prompt. Ends in a newline. */
export function renderHistoryText(
  runs: readonly RunRecord[],
  options: Medium & { guest: string | null },
): string {
  const { guest, ...medium } = options;
  if (runs.length === 0) {
    return guest === null
      ? 'No run has changed anything yet.\n'
      : `No run has changed anything of ${guest} yet.\n`;
  }
  const lines = runs.flatMap((run, i) => [...(i === 0 ? [] : [[]]), ...runLines(run, guest, medium)]);
  return `${lines.map((line) => paintLine(line, medium.color)).join('\n')}\n`;
}

function runLines(run: RunRecord, guest: string | null, medium: Medium): Line[] {
  const { words, look } = RUN_RESULTS[run.status];
  const head: Line = [
    span(formatMoment(run.at), medium, 'bold'),
    span(`  ${short(run.revision)}  `, medium),
    span(words, medium, look),
    span(` in ${formatDuration(run.duration)}: ${summaryWords(run.summary)}`, medium),
    span(run.triggers.length === 0 ? '' : `  (${triggerWords(run.triggers)})`, medium, 'dim'),
  ];
  const changes = guest === null ? run.changes : run.changes.filter(({ guests }) => guests.includes(guest));
  // What was not made says more than what was.
  const sorted = [...changes.filter(isNotDone), ...changes.filter((change) => !isNotDone(change))];
  const shown = sorted.slice(0, CHANGES_SHOWN);
  const lines = alignColumns(shown.map((change) => changeCells(change, medium)));
  if (sorted.length > shown.length) lines.push(moreLine(sorted.length - shown.length, medium));
  return [cutLine(head, medium), ...lines.map((line) => cutLine(line, medium))];
}

function isNotDone({ result }: RunChange): boolean {
  return result !== 'done';
}

function changeCells(change: RunChange, medium: Medium): Line[] {
  const { id, action, network, guests, reason, result, message } = change;
  const { sign, look } = SIGNS[action];
  const at = id.indexOf(':');
  const why = [reason, message?.split('\n', 1)[0] ?? ''].filter((words) => words !== '').join(': ');
  return [
    [span(`  ${sign}`, medium, look), span(` ${id.slice(0, at)} ${id.slice(at + 1)}`, medium)],
    [span(network ?? listNames(guests, 3), medium)],
    [span(result === 'done' ? '' : `${result.replace('-', ' ')}: `, medium, 'bad'), span(why, medium, 'dim')],
  ];
}
