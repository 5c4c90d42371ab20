import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, parseAllDocuments, type Document as YamlDocument } from 'yaml';
import { messageOf } from '../tools/result.ts';
import { insertAfter, removePair, replaceValue } from './placement-edits.ts';
import { type Splice, splice } from './splice.ts';
import { type PlacedMap, pairOf } from './yaml-pair.ts';

/** Where git has a guest. */
export interface Placement {
  host: string;
  migratingTo: string | null;
}

/** The document that says so: the Guest itself, or its Placement. */
export interface PlacingDocument {
  kind: 'Guest' | 'Placement';
  name: string;
}

/** A text that no program can change without changing more than it should. */
export class NotEditable extends Error {
  override name = 'NotEditable';
}

/**
 * The same text with another placement: only the words that say it are changed, and all else, with comments, layout and
 * line breaks, is byte for byte the same. What comes out was read again, and says what it said but for the placement.
 * Throws NotEditable, of such as an anchor that others refer to.
 */
export function editPlacement(text: string, document: PlacingDocument, placement: Placement): string {
  const documents = parse(text);
  const values = valuesOf(documents);
  const at = documents.findIndex((one) => isOf(one, document));
  const splices = splicesOf(text, documents[at], apart(values?.[at]).placement, placement);
  if (splices === null) throw refused(document, 'it is written in a form that cannot be changed in place');
  const edited = splice(text, splices);
  if (!saysTheSame(values, valuesOf(parse(edited)), at, placement)) {
    throw refused(document, 'another key refers to what would be changed');
  }
  return edited;
}

function splicesOf(
  text: string,
  document: YamlDocument.Parsed | undefined,
  now: Said,
  { host, migratingTo }: Placement,
): Splice[] | null {
  const spec = specOf(document);
  const hostPair = spec === null ? null : pairOf(spec, 'host');
  if (spec === null || hostPair === null) return null;
  const splices: (Splice | null)[] = [];
  if (now.host !== host) splices.push(replaceValue(text, hostPair, host));
  const movePair = pairOf(spec, 'migratingTo');
  if (migratingTo === null) {
    if (now.migratingTo !== undefined) splices.push(movePair && removePair(text, spec, movePair));
  } else if (now.migratingTo === undefined) {
    splices.push(insertAfter(text, spec, hostPair, 'migratingTo', migratingTo));
  } else if (now.migratingTo !== migratingTo) {
    splices.push(movePair && replaceValue(text, movePair, migratingTo));
  }
  const whole = splices.filter((one) => one !== null);
  return whole.length === splices.length ? whole : null;
}

function specOf(document: YamlDocument.Parsed | undefined): PlacedMap | null {
  const contents = document?.contents;
  if (!isMap(contents)) return null;
  const value = contents.items.find(({ key }) => isScalar(key) && key.value === 'spec')?.value;
  return isMap(value) ? value : null;
}

function parse(text: string): YamlDocument.Parsed[] {
  const documents = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  return 'empty' in documents ? [] : documents;
}

function isOf(document: YamlDocument.Parsed, { kind, name }: PlacingDocument): boolean {
  return (
    isMap(document.contents) && document.get('kind') === kind && document.getIn(['metadata', 'name']) === name
  );
}

/** null where a document does not mean anything. */
function valuesOf(documents: readonly YamlDocument.Parsed[]): unknown[] | null {
  if (documents.some(({ errors }) => errors.length > 0)) return null;
  try {
    return documents.map((document) => document.toJS());
  } catch (error) {
    // An alias to nothing, or far too many of them.
    throw new NotEditable(messageOf(error));
  }
}

function saysTheSame(
  before: readonly unknown[] | null,
  after: readonly unknown[] | null,
  at: number,
  { host, migratingTo }: Placement,
): boolean {
  if (before === null || after === null || before.length !== after.length) return false;
  return before.every((value, index) => {
    if (index !== at) return isDeepStrictEqual(value, after[index]);
    const [old, edited] = [apart(value), apart(after[index])];
    return (
      isDeepStrictEqual(old.rest, edited.rest) &&
      isDeepStrictEqual(edited.placement, { host, migratingTo: migratingTo ?? undefined })
    );
  });
}

/** The values of both keys, whatever they are. */
interface Said {
  host: unknown;
  migratingTo: unknown;
}

/** What a document says of the placement, and all else. */
function apart(value: unknown): { placement: Said; rest: unknown } {
  if (!isRecord(value) || !isRecord(value.spec)) {
    return { placement: { host: undefined, migratingTo: undefined }, rest: value };
  }
  const { host, migratingTo, ...spec } = value.spec;
  return { placement: { host, migratingTo }, rest: { ...value, spec } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused({ kind, name }: PlacingDocument, why: string): NotEditable {
  return new NotEditable(`the placement in ${kind} ${name} cannot be changed by a program: ${why}`);
}
