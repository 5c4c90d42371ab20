import { styleText } from 'node:util';
import type { Fleet } from '../desired/fleet.ts';
import type { Problem } from '../model/problem.ts';
import { directoryWord, shellLine } from '../model/shell.ts';
import { printable } from './printable.ts';
import { type ProblemStyle, renderProblems } from './problems.ts';

/** What `check` found. */
export interface CheckResult {
  directory: string;
  revision: string | null;
  fleet: Fleet;
  problems: readonly Problem[];
}

/** Warnings do not make a fleet invalid. */
export function isValid(problems: readonly Problem[]): boolean {
  return problems.every(({ severity }) => severity !== 'error');
}

/** What `check -o json` prints. */
export interface CheckJson {
  version: 1;
  valid: boolean;
  counts: Record<string, number>;
  problems: readonly Problem[];
}

/** `fleet` null when the desired directory could not be read at all. */
export function renderCheckJson(fleet: Fleet | null, problems: readonly Problem[]): CheckJson {
  const counts = {
    networks: fleet?.networks.size ?? 0,
    hosts: fleet?.hosts.size ?? 0,
    classes: fleet?.classes.size ?? 0,
    guests: fleet?.guests.size ?? 0,
    placements: fleet?.placements.size ?? 0,
    ...severities(problems),
  };
  return { version: 1, valid: isValid(problems), counts, problems };
}

/** `check` for people: the problems, then one line that sums up, then what to do next. */
export async function renderCheck(result: CheckResult, style: ProblemStyle): Promise<string> {
  const { directory, revision, fleet, problems } = result;
  const paint = (format: 'bold' | 'green' | 'red' | 'dim', text: string) =>
    style.color ? styleText(format, text, { validateStream: false }) : text;
  const { errors, warnings } = severities(problems);
  const where = printable(
    revision === null ? directory : `${directory} at ${revision.slice(0, 12)}`,
    style.unicode,
  );
  const counts = [
    count(fleet.hosts.size, 'host'),
    count(fleet.networks.size, 'network'),
    count(fleet.guests.size, 'guest'),
  ].join(', ');
  const told = await renderProblems(problems, { ...style, directory });
  const gap = told === '' ? '' : '\n';
  if (errors > 0) {
    const more = warnings > 0 ? `, ${count(warnings, 'warning')}` : '';
    return `${told}${gap}${paint('red', paint('bold', 'Not valid'))}: ${where}: ${count(errors, 'error')}${more}.\n`;
  }
  const more = warnings > 0 ? `, ${count(warnings, 'warning')}` : '';
  return (
    `${told}${gap}${paint('green', paint('bold', 'Valid'))}: ${where}: ${counts}${more}.\n` +
    `${paint('dim', 'Next:')} ${printable(nextCommand(directory, revision), style.unicode)}\n`
  );
}

/** What was checked is what is planned: the same commit, should the working tree have gone on since. */
function nextCommand(directory: string, revision: string | null): string {
  const words = ['plumbline', 'plan'];
  if (directory !== 'desired') words.push(directoryWord(directory));
  if (revision !== null) words.push('--revision', revision.slice(0, 12));
  return shellLine(words);
}

function severities(problems: readonly Problem[]): { errors: number; warnings: number } {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: problems.length - errors };
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
