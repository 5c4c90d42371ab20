import type { AnyChange } from '../model/plan.ts';
import type { Problem, Source } from '../model/problem.ts';
import { causeLines, foldCause, groupAlike, moreLine, withoutNames } from './fold.ts';
import type { Line, Medium } from './line.ts';
import { span, wrapLine } from './line.ts';
import type { Row } from './plan-rows.ts';

/** Below a problem, so that it reads as part of it. */
const INDENT = 5;

/** Each problem in a line, what would resolve it below; of many with one cause the first few. */
export function problemLines(
  problems: readonly Problem[],
  placeOf: (source: Source) => string,
  medium: Medium,
): Line[] {
  const causes = groupCauses(problems).map((alike) =>
    foldCause(alike, (hidden) => [
      moreLine(hidden.length, medium, `of [${alike[0]?.code}] (-o json lists all)`),
    ]),
  );
  return causeLines(causes, {
    own: (problem) => wrapLine(problemLine(problem, placeOf, medium), medium, INDENT),
    cureOf: ({ hint = '' }) => hint,
    cureLines: (hint) => cureLines(hint, medium),
  });
}

function cureLines(hint: string, medium: Medium): Line[] {
  const line = [span(' '.repeat(INDENT), medium), span(`→ ${hint}`, medium, 'dim')];
  return wrapLine(line, medium, INDENT + 2);
}

function problemLine(problem: Problem, placeOf: (source: Source) => string, medium: Medium): Line {
  const { severity, message, code, source, path = '' } = problem;
  const place = `${source === null ? '' : placeOf(source)} ${path}`.trim();
  return [
    span(` ${severity === 'error' ? 'x' : '!'} `, medium, severity === 'error' ? 'badBold' : 'warnBold'),
    span(message, medium),
    span(`  [${code}]${place === '' ? '' : ` ${place}`}`, medium, 'dim'),
  ];
}

/** So many causes of one code are told apart by a number in a name; of more than that, whatever has one is alike. */
const CAUSES_TOLD = 20;

/** The same fault of several things, with the same cure. */
function groupCauses(problems: readonly Problem[]): Problem[][] {
  const causes = groupAlike(problems, causeOf);
  const perCode = new Map<string, number>();
  for (const [one] of causes) {
    if (one !== undefined) perCode.set(one.code, (perCode.get(one.code) ?? 0) + 1);
  }
  return groupAlike(causes.flat(), (problem) => {
    const cause = causeOf(problem);
    return (perCode.get(problem.code) ?? 0) > CAUSES_TOLD ? cause.replace(/\d+/g, '#') : cause;
  });
}

function causeOf({ severity, code, hint = '', message, about = [] }: Problem): string {
  const names = about.map((id) => id.slice(id.indexOf('/') + 1));
  return [severity, code, withoutNames(message, names), withoutNames(hint, names)].join('|');
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
