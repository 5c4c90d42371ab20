import { compareNatural, compareText } from './order.ts';

/** A place in a desired document. `file` is relative to the desired directory; line and column count from 1. */
export interface Source {
  file: string;
  line: number;
  column: number;
}

/** One segment of the way to a value inside a document. */
export type Path = readonly (string | number)[];

/**
 * Something that is wrong, in the documents or on the host. `code` is stable over releases and what scripts match;
 * `message` is for people and may be reworded.
 */
export interface Problem {
  code: string;
  severity: 'error' | 'warning';
  message: string;
  /** The document that asked for it; null when none did (a host that the fleet does not know). */
  source: Source | null;
  /** The key, written as `spec.pool[0].device`. */
  path?: string;
  /** What stood there, as the user wrote it or as the host shows it. */
  found?: string;
  expected?: string;
  /** What would resolve it. */
  hint?: string;
  /**
   * `Kind/name` of the documents whose matter it is: it holds up the hosts that one of these bears on (see
   * src/controller/bearing.ts). Left out where nobody can tell, and then it holds up every host.
   */
  about?: readonly string[];
}

/** Raised for input that makes going on pointless: it carries every problem that was found until then. */
export class ProblemsError extends Error {
  override name = 'ProblemsError';
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => p.message).join('\n'));
    this.problems = problems;
  }
}

/** Longer than a name can be. */
const LONGEST_SHOWN = 64;

/** Text of any length from a document, as much of it as tells which it is. */
export function shortened(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 3)}...` : text;
}

/** `['spec','pool',0,'device']` as `spec.pool[0].device`; keys that are no plain words are quoted, long ones cut. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    const key = typeof step === 'number' ? step : shortened(step);
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

/** Deterministic order of a report: by file and place, then by code. Problems without a place come first. */
export function compareProblems(a: Problem, b: Problem): number {
  return (
    compareNatural(a.source?.file ?? '', b.source?.file ?? '') ||
    (a.source?.line ?? 0) - (b.source?.line ?? 0) ||
    (a.source?.column ?? 0) - (b.source?.column ?? 0) ||
    compareText(a.code, b.code) ||
    compareNatural(a.message, b.message)
  );
}
