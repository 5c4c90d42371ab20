import { styleText } from 'node:util';
import type { Problem } from '../model/problem.ts';
import { printable } from './printable.ts';

export interface ProblemStyle {
  color: boolean;
  /** Whether the terminal's character set is UTF-8; without it the output is ASCII. Left out, it is. */
  unicode?: boolean;
  /** A file's text, for the line that a problem is at; left out, no lines are shown. */
  textOf?: (file: string) => Promise<string | null> | string | null;
  /** What files are relative to, to be put before their names, so that a terminal can open them. */
  directory?: string;
}

/** Columns of a source line that are shown. */
const WIDTH = 100;
/** Problems that are shown; whoever has more mends these first, and JSON has them all. */
const SHOWN = 100;

/**
 * Problems for people, each with its place, the line with a mark below, what was found and expected, and what would
 * resolve it. Ends with a newline unless there are none.
 */
export async function renderProblems(problems: readonly Problem[], style: ProblemStyle): Promise<string> {
  const lines = new Map<string, readonly string[]>();
  const blocks: string[] = [];
  for (const problem of problems.slice(0, SHOWN)) {
    const line = await sourceLine(problem, style, lines);
    blocks.push(renderProblem(problem, line, await columnsIn(line ?? ''), style));
  }
  const dots = style.unicode === false ? '...' : '…';
  if (problems.length > SHOWN)
    blocks.push(`${dots} and ${problems.length - SHOWN} more (all of them: -o json)\n`);
  return blocks.join('\n');
}

async function sourceLine(
  { source }: Problem,
  { textOf }: ProblemStyle,
  known: Map<string, readonly string[]>,
): Promise<string | null> {
  if (source === null || textOf === undefined) return null;
  let lines = known.get(source.file);
  if (lines === undefined) {
    const text = await textOf(source.file);
    // As YAML 1.2 breaks lines, so that numbers agree: CR LF, LF, and a lone CR as text.
    lines = text === null ? [] : text.split(/\r?\n/);
    known.set(source.file, lines);
  }
  return lines[source.line - 1] ?? null;
}

function renderProblem(
  problem: Problem,
  line: string | null,
  columnsOf: Columns,
  style: ProblemStyle,
): string {
  const { color, directory, unicode } = style;
  const safe = (text: string) => printable(text, unicode);
  const paint = (format: Format, text: string) =>
    color ? styleText(format, text, { validateStream: false }) : text;
  const { severity, code, source, path, found, expected, hint } = problem;
  const tone = severity === 'error' ? 'red' : 'yellow';
  const head = [paint(tone, paint('bold', `${severity}[${safe(code)}]`))];
  if (source !== null) {
    const file = directory === undefined ? source.file : `${directory.replace(/\/+$/, '')}/${source.file}`;
    head.push(paint('cyan', `${safe(file)}:${source.line}:${source.column}`));
  }
  if (path !== undefined && path !== '') head.push(paint('dim', safe(path)));

  const body = [`${head.join(' ')}\n`, `  ${paint('bold', safe(problem.message))}\n`];
  if (line !== null && source !== null)
    body.push(
      excerpt(
        line,
        source,
        unicode !== false,
        columnsOf,
        (text) => paint('dim', text),
        (text) => paint(tone, text),
      ),
    );
  if (found !== undefined) body.push(`  ${paint('dim', 'found    ')} ${safe(found)}\n`);
  if (expected !== undefined) body.push(`  ${paint('dim', 'expected ')} ${safe(expected)}\n`);
  if (hint !== undefined) body.push(`  ${paint('dim', 'hint     ')} ${paint('green', safe(hint))}\n`);
  return body.join('');
}

type Format = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** The line, cut to a window around the column, and a mark under the word that begins there. */
function excerpt(
  line: string,
  source: { line: number; column: number },
  unicode: boolean,
  columnsOf: Columns,
  dim: (text: string) => string,
  mark: (text: string) => string,
): string {
  const at = Math.min(source.column - 1, line.length);
  const start = at > WIDTH - 30 ? at - 30 : 0;
  const end = start + WIDTH;
  // A tab would put the mark elsewhere; it counts as one column in `source`, too.
  const shown = (from: number, to: number) => printable(line.slice(from, to).replaceAll('\t', ' '), unicode);
  const dots = unicode ? '…' : '...';
  const before = `${start > 0 ? dots : ''}${shown(start, at)}`;
  const word = /^(?:"[^"]*"|'[^']*'|[^\s,:[\]{}]+)/.exec(line.slice(at, end))?.[0] ?? '';
  const width = Math.max(1, columnsOf(shown(at, at + word.length)));
  const number = String(source.line);
  return (
    `  ${dim(`${number} |`)} ${before}${shown(at, end)}${line.length > end ? dots : ''}\n` +
    `  ${dim(`${' '.repeat(number.length)} |`)} ${' '.repeat(columnsOf(before))}${mark('^'.repeat(width))}\n`
  );
}

/** Columns of a terminal that a text takes. */
type Columns = (text: string) => number;

/** For texts of this line: some characters take two columns, and marks stand above another. */
async function columnsIn(line: string): Promise<Columns> {
  if (/^[\t\x20-\x7e]*$/.test(line)) return (text) => text.length;
  const { eastAsianWidth } = await import('get-east-asian-width');
  const width = (character: string) =>
    /^\p{M}$/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
  return (text) => [...text].reduce((sum, character) => sum + width(character), 0);
}
