import { byName } from '../model/by-name.ts';
import { compareText } from '../model/order.ts';
import type { Path, Problem, Source } from '../model/problem.ts';
import { VERSION } from '../model/version.ts';
import { MAX_DOCUMENTS } from './bounds.ts';
import type { DocumentKind, SpecOf } from './documents.ts';
import type { AnyDocument, Document, Fleet } from './fleet.ts';
import type { ParsedDocument, ParsedFile } from './parsed.ts';
import { decodePositions, type Place, placeOf } from './positions.ts';

/** A document as it was parsed, its places decoded when the first is asked for. */
class LoadedDocument<K extends DocumentKind> implements Document<K> {
  readonly kind: K;
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly spec: SpecOf<K>;
  readonly #file: string;
  readonly #parsed: ParsedDocument;
  #places: Place | null = null;

  constructor(kind: K, file: string, parsed: ParsedDocument) {
    this.kind = kind;
    this.name = parsed.raw.metadata.name;
    this.labels = parsed.raw.metadata.labels ?? {};
    // The parser has validated it against this kind's schema, in this run or in the one that filled the cache.
    this.spec = parsed.raw.spec as SpecOf<K>;
    this.#file = file;
    this.#parsed = parsed;
  }

  /** Every wanted resource names its place and hardly one is told, so it is looked up when somebody reads it. */
  at(path: Path): Source {
    return new LazySource(this.#file, () => this.#placeOf(path));
  }

  #placeOf(path: Path): Place {
    this.#places ??= decodePositions(this.#parsed.raw, this.#parsed.positions);
    return placeOf(this.#places, path);
  }
}

/** A place that is looked up when somebody reads its line or column. */
class LazySource implements Source {
  readonly file: string;
  readonly #place: () => Place;

  constructor(file: string, place: () => Place) {
    this.file = file;
    this.#place = place;
  }

  get line(): number {
    return this.#place().line;
  }

  get column(): number {
    return this.#place().column;
  }

  /** As what it stands for. */
  toJSON(): Source {
    const { file, line, column } = this;
    return { file, line, column };
  }
}

/**
 * Files, in the order of their names, to one fleet. A document that stands twice counts where it stands first. When
 * the fleet asks for a newer Plumbline, that is the only problem told: all others may be its doing. `before` are the
 * problems met on the way to the files.
 */
export function assemble(
  files: readonly { file: string; parsed: ParsedFile }[],
  before: readonly Problem[],
  partlyUnreadable: boolean,
): { fleet: Fleet; problems: Problem[] } {
  const problems: Problem[] = [...before];
  const byKind: { [K in DocumentKind]: Map<string, Document<K>> } = {
    Fleet: new Map(),
    Network: new Map(),
    Host: new Map(),
    HostClass: new Map(),
    Guest: new Map(),
    Placement: new Map(),
  };
  const broken = new Set<string>();
  let unreadable = partlyUnreadable;
  let total = 0;
  for (const { file, parsed } of files) {
    if (parsed.problems.length > 0) problems.push(...parsed.problems);
    if (parsed.broken.length > 0) for (const name of parsed.broken) broken.add(name);
    unreadable ||= parsed.unreadable;
    total += parsed.documents.length;
    for (const entry of parsed.documents) {
      const problem = add(byKind, documentOf(file, entry));
      if (problem !== null) problems.push(problem);
    }
  }
  if (total > MAX_DOCUMENTS) {
    const message = `the desired directory holds ${total} documents`;
    problems.push({
      code: 'too-many-documents',
      severity: 'error',
      message,
      source: null,
      expected: `at most ${MAX_DOCUMENTS}`,
    });
  }

  const settings = [...byKind.Fleet.values()][0] ?? null;
  const fleet: Fleet = {
    settings,
    networks: sorted(byKind.Network),
    hosts: sorted(byKind.Host),
    classes: sorted(byKind.HostClass),
    guests: sorted(byKind.Guest),
    placements: sorted(byKind.Placement),
    broken,
    unreadable,
  };
  const tooOld = olderThanAsked(files);
  return tooOld ? { fleet: unreadFleet(), problems: [tooOld] } : { fleet, problems };
}

/** What is known of a fleet that is not to be understood: nothing, so that no rule finds anything in it. */
function unreadFleet(): Fleet {
  const nothing = {
    networks: new Map(),
    hosts: new Map(),
    classes: new Map(),
    guests: new Map(),
    placements: new Map(),
  };
  return { settings: null, ...nothing, broken: new Set(), unreadable: true };
}

function documentOf(file: string, parsed: ParsedDocument): AnyDocument {
  const { kind } = parsed.raw;
  switch (kind) {
    case 'Fleet':
      return new LoadedDocument(kind, file, parsed);
    case 'Network':
      return new LoadedDocument(kind, file, parsed);
    case 'Host':
      return new LoadedDocument(kind, file, parsed);
    case 'HostClass':
      return new LoadedDocument(kind, file, parsed);
    case 'Guest':
      return new LoadedDocument(kind, file, parsed);
    case 'Placement':
      return new LoadedDocument(kind, file, parsed);
  }
}

function add(
  byKind: { [K in DocumentKind]: Map<string, Document<K>> },
  document: AnyDocument,
): Problem | null {
  switch (document.kind) {
    case 'Fleet':
      return addOnce(byKind.Fleet, document, [...byKind.Fleet.values()][0]);
    case 'Network':
      return addOnce(byKind.Network, document);
    case 'Host':
      return addOnce(byKind.Host, document);
    case 'HostClass':
      return addOnce(byKind.HostClass, document);
    case 'Guest':
      return addOnce(byKind.Guest, document);
    case 'Placement':
      return addOnce(byKind.Placement, document);
  }
}

function addOnce<K extends DocumentKind>(
  documents: Map<string, Document<K>>,
  document: Document<K>,
  first = documents.get(document.name),
): Problem | null {
  if (first === undefined) {
    documents.set(document.name, document);
    return null;
  }
  const { file, line } = first.at([]);
  const what =
    document.kind === 'Fleet'
      ? 'a fleet has one Fleet document'
      : `${document.kind} ${document.name} is declared twice`;
  return {
    code: 'duplicate-document',
    severity: 'error',
    message: what,
    source: document.at(['metadata', 'name']),
    path: 'metadata.name',
    found: document.name,
    hint: `the first is at ${file}:${line}; keep one of them`,
    about: [document, first].flatMap(placesOf),
  };
}

/** A document's name, and the hosts that it places a guest on: of the one that does not count nothing else will tell. */
function placesOf({ kind, name, spec }: { kind: DocumentKind; name: string; spec: object }): string[] {
  const hosts = ['host', 'migratingTo'].flatMap((key) => Reflect.get(spec, key) ?? []);
  return [`${kind}/${name}`, ...hosts.map((host) => `Host/${host}`)];
}

/** In name order, whatever the order of the files. */
function sorted<K extends DocumentKind>(documents: Map<string, Document<K>>): Map<string, Document<K>> {
  return byName([...documents.values()].sort((a, b) => compareText(a.name, b.name)));
}

/** Each Fleet document is asked, also one that does not count. */
function olderThanAsked(files: readonly { file: string; parsed: ParsedFile }[]): Problem | null {
  const asked: { version: string; source: Source }[] = [];
  for (const { file, parsed } of files) {
    if (parsed.minVersion !== null) asked.push(parsed.minVersion);
    for (const entry of parsed.documents) {
      if (entry.raw.kind === 'Fleet') asked.push(...askedBy(file, entry));
    }
  }
  const newer = asked.find(({ version }) => compareVersions(version, VERSION) > 0);
  if (newer === undefined) return null;
  return {
    code: 'needs-newer-plumbline',
    severity: 'error',
    message: `this fleet needs plumbline ${newer.version}; this is ${VERSION}`,
    source: newer.source,
    path: 'spec.minVersion',
    found: VERSION,
    expected: `${newer.version} or newer`,
    hint: 'upgrade plumbline on this machine',
  };
}

function askedBy(file: string, entry: ParsedDocument): { version: string; source: Source }[] {
  const document = new LoadedDocument('Fleet', file, entry);
  const version = document.spec.minVersion;
  return version === undefined ? [] : [{ version, source: document.at(['spec', 'minVersion']) }];
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
