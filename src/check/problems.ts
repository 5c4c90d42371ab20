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

/** A document that a rule speaks of. */
export interface Named {
  kind: DocumentKind;
  name: string;
}

/**
 * An error at a key of a document. `about` are the documents whose matter it is, where that is not just this one: a
 * slip in a class that shows only on one of its hosts is that host's.
 */
export function errorAt(
  document: Named & { at(path: Path): Source },
  path: Path,
  finding: Finding,
  about: readonly Named[] = [document],
): Problem {
  const source = document.at(path);
  return { severity: 'error', source, path: formatPath(path), ...finding, about: about.map(nameOf) };
}

/** `Guest/web1`. */
export function nameOf({ kind, name }: Named): string {
  return `${kind}/${name}`;
}

/** The documents of two interfaces that are in conflict. */
export function guestsOf(...interfaces: readonly { guest: string }[]): string[] {
  return [...new Set(interfaces.map(({ guest }) => `Guest/${guest}`))];
}

/** Among more names, a hint is not worth the time of looking for it at each of them. */
const HINT_LIMIT = 2000;

/** A name that no document has; `code` is `unknown-host` and its like. */
export function unknownName(
  context: CheckContext,
  document: Named & { at(path: Path): Source },
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
