import { nearest } from '../model/nearest.ts';
import { formatPath, type Problem, type Source } from '../model/problem.ts';
import { isDocumentName } from '../model/tokens.ts';
import { adviseQuotes } from './advise-quotes.ts';
import { MAX_DOCUMENTS_IN_FILE, MAX_PROBLEMS_IN_DOCUMENT, MAX_PROBLEMS_IN_FILE } from './bounds.ts';
import { textOf } from './decode.ts';
import { type DocumentKind, documentSchemas } from './documents.ts';
import type { ParsedFile, RawDocument } from './parsed.ts';
import { encodePositions, type Place, placeOf } from './positions.ts';
import { readPlain } from './read-plain.ts';
import { type Finding, show, validate } from './validate.ts';

const KINDS = Object.keys(documentSchemas);
/** What ends a document, each counted apart: between two documents there may stand both. */
const SEPARATORS = [/^---/gm, /^\.\.\./gm];

/** One file's text to valid documents and problems. Loaded only when the cache does not know the text. */
export async function parseText(file: string, bytes: Uint8Array): Promise<ParsedFile> {
  const parsed: ParsedFile = { documents: [], problems: [], broken: [], unreadable: false, minVersion: null };
  const text = textOf(file, bytes);
  if (typeof text !== 'string') {
    parsed.unreadable = true;
    parsed.problems.push(text);
    return parsed;
  }
  if (SEPARATORS.some((mark) => (text.match(mark)?.length ?? 0) > MAX_DOCUMENTS_IN_FILE)) {
    parsed.problems.push({
      code: 'too-many-documents',
      severity: 'error',
      message: 'the file holds too many documents',
      source: { file, line: 1, column: 1 },
      expected: `at most ${MAX_DOCUMENTS_IN_FILE} in one file`,
    });
    parsed.unreadable = true;
    return parsed;
  }

  const documents = readPlain(text) ?? (await import('./compose.ts')).composeDocuments(file, text);
  for (const { start, syntax, slips, refusal, content } of documents) {
    if (parsed.problems.length >= MAX_PROBLEMS_IN_FILE) {
      parsed.problems.push(notReadFurther(file, start));
      parsed.unreadable = true;
      break;
    }
    if (refusal !== null) {
      // What else is wrong with it is but a consequence of its depth or size.
      parsed.problems.push(refusal);
      parsed.unreadable = true;
      continue;
    }
    parsed.problems.push(...syntax);
    if (slips.length > 0) {
      // What a syntax error leaves of a document may be another's: then nobody can tell whose matter it is.
      const about = syntax.length > 0 ? {} : aboutOf(content?.value);
      const told = slips.slice(0, MAX_PROBLEMS_IN_DOCUMENT);
      parsed.problems.push(...told.map((slip) => ({ ...slip, ...about })));
    }
    const damaged = syntax.length + slips.length > 0;
    // A slip in syntax can swallow the documents after it, so nobody knows what else stood there.
    parsed.unreadable ||= syntax.length > 0;
    if (content !== null && content.value !== null)
      readDocument(file, content.value, content.place, damaged, parsed);
  }
  return parsed;
}

function notReadFurther(file: string, { line, column }: Place): Problem {
  return {
    code: 'more-problems',
    severity: 'error',
    message: 'the file has too many problems: from here on it was not read',
    source: { file, line, column },
    hint: 'mend those that are told first',
  };
}

/**
 * Adds one document to `parsed`, valid or broken. A damaged one is only asked for its name: held against the schema,
 * what a syntax error left of it would tell the same slip twice.
 */
function readDocument(
  file: string,
  value: unknown,
  place: Place,
  damaged: boolean,
  parsed: ParsedFile,
): void {
  const kind = textAt(value, 'kind');
  const name = textAt(value, 'metadata', 'name');
  noteMinVersion(file, value, place, parsed);
  const findings = damaged ? [] : examine(value, kind, place);
  if (!damaged && isRaw(value, findings)) {
    parsed.documents.push({ raw: value, positions: encodePositions(value, place) });
    return;
  }
  if (kind !== undefined && name !== undefined && isDocumentName(name)) parsed.broken.push(`${kind}/${name}`);
  else parsed.unreadable = true;
  const about = aboutOf(value);
  for (const finding of findings.slice(0, MAX_PROBLEMS_IN_DOCUMENT))
    parsed.problems.push({ ...problemOf(file, place, finding), ...about });
  const more = findings.length - MAX_PROBLEMS_IN_DOCUMENT;
  if (more > 0) {
    const { line, column } = place;
    const message = `${more} more problems in this document`;
    parsed.problems.push({
      code: 'more-problems',
      severity: 'error',
      message,
      source: { file, line, column },
      ...about,
    });
  }
}

/**
 * Whose matter a broken document is: its own name, and the hosts that it says it belongs to. Nothing for one that does
 * not say what it is.
 */
function aboutOf(value: unknown): { about?: string[] } {
  const kind = textAt(value, 'kind');
  const name = textAt(value, 'metadata', 'name');
  if (!isKind(kind) || name === undefined || !isDocumentName(name)) return {};
  const about = [`${kind}/${name}`];
  if (kind !== 'Guest' && kind !== 'Placement') return { about };
  for (const key of ['host', 'migratingTo']) {
    const host = textAt(value, 'spec', key);
    if (host !== undefined) about.push(`Host/${host}`);
  }
  return { about };
}

function examine(value: unknown, kind: string | undefined, place: Place): Finding[] {
  if (!isMapping(value)) {
    return [
      {
        code: 'wrong-type',
        path: [],
        message: 'a document is a mapping',
        found: show(value),
        expected: 'a mapping with apiVersion, kind, metadata and spec',
      },
    ];
  }
  const written: unknown = value.kind;
  if (written === undefined)
    return [
      {
        code: 'missing-key',
        path: ['kind'],
        message: 'kind is missing',
        expected: `one of ${KINDS.join(', ')}`,
      },
    ];
  if (!isKind(kind)) {
    const meant = kind !== undefined && kind.length <= 64 ? nearest(kind, KINDS) : null;
    return [
      {
        code: 'unknown-kind',
        path: ['kind'],
        message: kind === undefined ? 'kind is no text' : `there is no kind ${show(written)}`,
        found: show(written),
        expected: `one of ${KINDS.join(', ')}`,
        ...(meant ? { hint: `did you mean ${meant}?` } : {}),
      },
    ];
  }
  const schema = documentSchemas[kind];
  return adviseQuotes(validate(schema, value), schema, value, place);
}

/** Read even of a Fleet document that is not valid: what makes it so may be a key of that newer version. */
function noteMinVersion(file: string, value: unknown, place: Place, parsed: ParsedFile): void {
  if (textAt(value, 'kind') !== 'Fleet') return;
  const version = textAt(value, 'spec', 'minVersion');
  if (version === undefined || !/^\d{1,6}\.\d{1,6}\.\d{1,6}$/.test(version)) return;
  const { line, column } = placeOf(place, ['spec', 'minVersion']);
  parsed.minVersion = { version, source: { file, line, column } };
}

function problemOf(file: string, root: Place, { path, meant: _, asText: __, ...finding }: Finding): Problem {
  const { line, column } = placeOf(root, path);
  const source: Source = { file, line, column };
  return { severity: 'error', source, path: formatPath(path), ...finding };
}

function isKind(text: string | undefined): text is DocumentKind {
  return text !== undefined && Object.hasOwn(documentSchemas, text);
}

/** A value without findings is what its schema says: the one place where that is believed. */
function isRaw(value: unknown, findings: Finding[]): value is RawDocument {
  return findings.length === 0 && isMapping(value);
}

function textAt(value: unknown, ...keys: string[]): string | undefined {
  const found = keys.reduce<unknown>((inner, key) => (isMapping(inner) ? inner[key] : undefined), value);
  return typeof found === 'string' ? found : undefined;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
