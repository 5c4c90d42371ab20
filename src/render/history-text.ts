import { HOST_FIREWALL } from '../kinds/firewall.ts';
import type { Id } from '../model/resource.ts';
import type { RunChange, RunRecord } from '../model/status.ts';
import type { Line, Look, Medium } from './line.ts';
import { cutLine, paintLine, span } from './line.ts';
import { formatDuration, formatMoment } from './moment.ts';
import { describeFields } from './plan-fields.ts';
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
  const differing = differencesOf(change);
  const because = differing === '' ? reason : differing;
  const why = [because, message?.split('\n', 1)[0] ?? ''].filter((words) => words !== '').join(': ');
  return [
    [span(`  ${sign}`, medium, look), span(` ${nameOf(id)}`, medium)],
    [span(network ?? listNames(guests, 3), medium)],
    [span(result === 'done' ? '' : `${result.replace('-', ' ')}: `, medium, 'bad'), span(why, medium, 'dim')],
  ];
}

/** Kinds whose names are no words for a reader. */
const WORDS: Record<string, string> = {
  firewall: 'rules of',
  service: 'dns+dhcp of',
  sysctl: 'setting',
};

function nameOf(id: Id): string {
  const at = id.indexOf(':');
  const [kind, name] = [id.slice(0, at), id.slice(at + 1)];
  if (name === HOST_FIREWALL) return 'rules of this host';
  return `${Object.hasOwn(WORDS, kind) ? WORDS[kind] : kind} ${name}`;
}

/** What rules and services have more and fewer: of these a record keeps the differing fields, and nothing else. */
function differencesOf({ id, action, before, after }: RunChange): string {
  if (action !== 'update' || !/^(firewall|service):/.test(id)) return '';
  const [had, has] = [recordOf(before), recordOf(after)];
  const fields = Object.keys(has).map((field) => ({ field, before: had[field], after: has[field] }));
  return describeFields(fields).join(', ');
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
