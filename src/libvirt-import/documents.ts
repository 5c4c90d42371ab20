import { isDeepStrictEqual } from 'node:util';
import { placeText } from '../check/problems.ts';
import type { DocumentKind } from '../desired/documents.ts';
import type { Document } from '../desired/fleet.ts';
import { compareText } from '../model/order.ts';
import type { Path } from '../model/problem.ts';
import { commentsOf } from './comments.ts';
import type { Draft, Origin } from './draft.ts';
import { added, Difference } from './merge.ts';
import { mergedNetwork } from './merge-documents.ts';
import { nameLabels } from './names.ts';

/** A document of an import: a new one, or one that stands and gets something added. */
export interface ImportedDocument {
  kind: DocumentKind;
  name: string;
  labels?: Record<string, string>;
  spec: object;
  /** For a person, each before the key at its path. */
  comments: readonly { path: Path; text: string }[];
  /** The file that it stands in; null for a new one. */
  standing: string | null;
  /** Where it, and each network of a host, is from. */
  origins: readonly { path: Path; origin: Origin }[];
}

/** A document that stands says something else. */
export class Conflict extends Error {
  override name = 'Conflict';
  readonly origin: Origin;
  constructor(origin: Origin, difference: Difference, standing: Pick<Document, 'at'>) {
    super(`${difference.message} (${placeText(standing.at(difference.path))})`);
    this.origin = origin;
  }
}

/** All documents of a draft that say something new, in the order in which a person reads them. Throws Conflict. */
export function documentsOf(draft: Draft): ImportedDocument[] {
  return [...networkDocuments(draft), ...hostDocument(draft), ...guestDocuments(draft)];
}

function networkDocuments(draft: Draft): ImportedDocument[] {
  const { existing } = draft;
  return sorted(draft.networks.values()).flatMap((network) => {
    const { name, original, origin, spec } = network;
    const standing = existing?.networks.get(name);
    const merge = () => (existing && standing ? mergedNetwork(existing, standing, network) : spec);
    return documentOf('Network', name, {
      labels: nameLabels(name, original),
      spec: standing === undefined ? spec : merged(origin, standing, merge),
      standing,
      origin,
      comments: commentsOf.network(network),
    });
  });
}

function hostDocument(draft: Draft): ImportedDocument[] {
  const { host, hostname, existing, networks } = draft;
  const all = sorted(networks.values());
  const [first] = all;
  if (first === undefined && draft.guests.size === 0) return [];
  const standing = existing?.hosts.get(host);
  const entries: Record<string, object> = {};
  for (const { name, entry, origin } of all) {
    const there = standing?.spec.networks?.[name];
    entries[name] =
      standing && there
        ? merged(origin, standing, () => added(there, entry, ['spec', 'networks', name]))
        : entry;
  }
  const named = standing === undefined && hostname !== null ? { hostname } : {};
  const spec = { ...named, ...standing?.spec, networks: { ...standing?.spec.networks, ...entries } };
  const origin = first?.origin ?? [...draft.guests.values()][0]?.origin;
  if (origin === undefined) return [];
  const fresh = all.filter(({ name }) => standing?.spec.networks?.[name] === undefined);
  return documentOf('Host', host, {
    labels: {},
    spec,
    standing,
    origin,
    comments: fresh.flatMap(commentsOf.entry),
    inner: all.map(({ name, origin }) => ({ path: ['spec', 'networks', name], origin })),
  });
}

function guestDocuments(draft: Draft): ImportedDocument[] {
  return sorted(draft.guests.values()).flatMap((guest) => {
    const { name, original, origin, spec } = guest;
    const standing = draft.existing?.guests.get(name);
    return documentOf('Guest', name, {
      labels: nameLabels(name, original),
      spec: standing ? merged(origin, standing, () => added(standing.spec, spec, ['spec'])) : spec,
      standing,
      origin,
      comments: commentsOf.guest(guest),
    });
  });
}

interface Parts {
  labels: { labels?: Record<string, string> };
  spec: object;
  standing: Document | undefined;
  origin: Origin;
  comments: ImportedDocument['comments'];
  inner?: ImportedDocument['origins'];
}

function documentOf(
  kind: DocumentKind,
  name: string,
  { labels, spec, standing, origin, comments, inner = [] }: Parts,
): ImportedDocument[] {
  if (standing !== undefined && isDeepStrictEqual(plain(standing.spec), plain(spec))) return [];
  const file = standing === undefined ? null : standing.at([]).file;
  return [
    { kind, name, ...labels, spec, comments, standing: file, origins: [{ path: [], origin }, ...inner] },
  ];
}

function merged<T>(origin: Origin, standing: Pick<Document, 'at'>, merge: () => T): T & object {
  try {
    // What is added to a mapping is one.
    return merge() as T & object;
  } catch (error) {
    if (error instanceof Difference) throw new Conflict(origin, error, standing);
    throw error;
  }
}

function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

function sorted<T extends { name: string }>(all: Iterable<T>): T[] {
  return [...all].sort((a, b) => compareText(a.name, b.name));
}
