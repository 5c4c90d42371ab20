import type { DocumentKind } from '../desired/documents.ts';
import { nearest } from '../model/nearest.ts';
import { formatPath, type Path, type Problem, type Source } from '../model/problem.ts';
import { type CheckContext, documentsOf } from './context.ts';

/** What a rule says of a key. */
export interface Finding {
  code: string;
  message: string;
  found?: string;
  expected?: string;
  hint?: string;
}

/** An error at a key of a document. */
export function errorAt(document: { at(path: Path): Source }, path: Path, finding: Finding): Problem {
  return { severity: 'error', source: document.at(path), path: formatPath(path), ...finding };
}

/** Among more names, a hint is not worth the time of looking for it at each of them. */
const HINT_LIMIT = 2000;

/** A name that no document has; `code` is `unknown-host` and its like. */
export function unknownName(
  context: CheckContext,
  document: { at(path: Path): Source },
  path: Path,
  kind: DocumentKind,
  name: string,
): Problem {
  const known = [...documentsOf(context.fleet, kind).keys()];
  return errorAt(document, path, unknownAmong(WORDS[kind], name, known));
}

export function unknownAmong(word: string, name: string, known: readonly string[]): Finding {
  const meant = known.length <= HINT_LIMIT ? nearest(name, known) : null;
  const shown = known.slice(0, 10).join(', ');
  return {
    code: `unknown-${word.replaceAll(' ', '-')}`,
    message: `there is no ${word} ${name}`,
    found: name,
    expected:
      known.length === 0
        ? `a ${word}, of which there is none`
        : `one of ${shown}${known.length > 10 ? ` and ${known.length - 10} more` : ''}`,
    ...(meant ? { hint: `did you mean ${meant}?` } : {}),
  };
}

const WORDS: Record<DocumentKind, string> = {
  Fleet: 'fleet',
  Network: 'network',
  Host: 'host',
  HostClass: 'class',
  Guest: 'guest',
  Placement: 'placement',
};

/** `guests/web1.yaml:9`, for naming the other end of a conflict. */
export function placeText({ file, line }: Source): string {
  return `${file}:${line}`;
}
