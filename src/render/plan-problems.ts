import type { AnyChange } from '../model/plan.ts';
import type { Problem } from '../model/problem.ts';
import type { Line, Medium } from './line.ts';
import { span } from './line.ts';
import { moreLine } from './plan-networks.ts';
import type { Row } from './plan-rows.ts';

/** So many warnings of one code are shown; errors are always shown. */
const WARNINGS_SHOWN = 20;

/** Each problem in a line, what would resolve it in a second one. */
export function problemLines(problems: readonly Problem[], medium: Medium): Line[] {
  const lines: Line[] = [];
  const seen = new Map<string, number>();
  for (const [i, problem] of problems.entries()) {
    const nth = (seen.get(problem.code) ?? 0) + 1;
    seen.set(problem.code, nth);
    if (problem.severity === 'warning' && nth > WARNINGS_SHOWN) continue;
    const look = problem.severity === 'error' ? 'badBold' : 'warnBold';
    const place = placeText(problem);
    lines.push([
      span(` ${problem.severity === 'error' ? 'x' : '!'} `, medium, look),
      span(problem.message, medium),
      span(`  [${problem.code}]${place === '' ? '' : ` ${place}`}`, medium, 'dim'),
    ]);
    const next = problems[i + 1];
    if (problem.hint !== undefined && next?.hint !== problem.hint) {
      lines.push([span(`     → ${problem.hint}`, medium, 'dim')]);
    }
  }
  for (const [code, n] of seen) {
    const hidden =
      problems.filter((p) => p.code === code && p.severity === 'warning').length - WARNINGS_SHOWN;
    if (hidden > 0 && n > WARNINGS_SHOWN)
      lines.push(moreLine(hidden, medium, `of [${code}] (-o json lists all)`));
  }
  return lines;
}

function placeText({ source, path }: Problem): string {
  const place = source === null ? '' : `${source.file}:${source.line}`;
  return path === undefined ? place : `${place} ${path}`.trim();
}

/** The problem that says the same as a change that cannot be done, and knows what would resolve it. */
export interface ProblemIndex {
  of(change: AnyChange): Problem | undefined;
  /** Those that no row tells. */
  untold(rows: readonly Row[]): Problem[];
}

export function indexProblems(problems: readonly Problem[]): ProblemIndex {
  // By text, so that a thousand changes do not each look through a thousand problems.
  const byMessage = new Map(problems.map((problem) => [problem.message, problem]));
  const of = ({ gate, name }: AnyChange): Problem | undefined => {
    if (gate.is !== 'blocked' && gate.is !== 'taken') return undefined;
    const wordings = [
      gate.why,
      `${name}: ${gate.why}`,
      `${name} ${gate.why}`,
      `${name} cannot go: ${gate.why}`,
    ];
    for (const wording of wordings) {
      const problem = byMessage.get(wording);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  return {
    of,
    untold(rows) {
      const told = new Set(rows.map((row) => of(row.change)?.message));
      return problems.filter(({ message }) => !told.has(message));
    },
  };
}
