import type { Fleet } from '../desired/fleet.ts';
import { derivedNetworkUuid } from '../model/identity.ts';
import { compareNatural } from '../model/order.ts';
import { Conflict, documentsOf, type ImportedDocument } from './documents.ts';
import { addGuest, type Draft, knownNetwork, newDraft, type Origin } from './draft.ts';
import { draftGuest } from './draft-guest.ts';
import { draftNetwork } from './draft-network.ts';
import { placeWithinPools } from './exclusive-pools.ts';
import { type Note, Refused, Remarks } from './notes.ts';
import type { ParsedFile } from './parsed-file.ts';
import { placeReservations } from './reservations.ts';
import { isOpenvswitchPort } from './together.ts';
import { quoted } from './values.ts';

export interface ImportOptions {
  /** The host whose libvirt the files are of: a document's name. */
  host: string;
  /** The machine's, where it is not the host's name. */
  hostname: string | null;
  /** The documents that stand already; null for none. */
  existing: Fleet | null;
  /** What is wrong with documents together with those that stand, and whose fault it is. */
  judge(documents: readonly ImportedDocument[]): Promise<readonly Fault[]>;
}

/** Something that makes documents invalid. */
export interface Fault {
  origin: Origin;
  reason: string;
}

export interface Import {
  documents: readonly ImportedDocument[];
  notes: readonly Note[];
}

/**
 * Files to documents that pass `check`. What cannot be carried is told in notes; a file that is refused is as if it had
 * not been given, so each is left out in turn until the rest goes together.
 */
export async function importFiles(files: readonly ParsedFile[], options: ImportOptions): Promise<Import> {
  const refused = new Map<string, Note>();
  for (const one of files)
    if (one.is === 'refused') refuse(refused, { file: one.file, ...one.place }, one.reason);
  for (const { origin, reason } of duplicates(files)) refuse(refused, origin, reason);
  for (;;) {
    const attempt = attemptWith(
      files.filter(({ file }) => !refused.has(file)),
      options,
    );
    const faults = 'faults' in attempt ? attempt.faults : await options.judge(attempt.documents);
    if (faults.length === 0 && 'documents' in attempt) {
      const notes = [...attempt.notes, ...refused.values()];
      return { documents: attempt.documents, notes: notes.sort(byPlace) };
    }
    const before = refused.size;
    for (const { origin, reason } of faults) refuse(refused, origin, reason);
    if (refused.size === before) throw new Error(`no file to leave out for: ${faults[0]?.reason}`);
  }
}

function refuse(refused: Map<string, Note>, { file, line, element }: Origin, reason: string): void {
  if (!refused.has(file)) refused.set(file, { file, line, element, reason, refused: true });
}

function byPlace(a: Note, b: Note): number {
  return compareNatural(a.file, b.file) || a.line - b.line || compareNatural(a.element, b.element);
}

/** libvirt has each name and each UUID once. */
function duplicates(files: readonly ParsedFile[]): Fault[] {
  const seen = new Map<string, string>();
  return files.flatMap((one) => {
    if (one.is === 'refused') return [];
    const { name, uuid, place } = one.is === 'network' ? one.network : one.domain;
    const keys = [`${one.is} ${quoted(name)}`, ...(uuid === null ? [] : [`${one.is} with the UUID ${uuid}`])];
    for (const key of keys) {
      const first = seen.get(key);
      if (first !== undefined)
        return [{ origin: { file: one.file, ...place }, reason: `there is a ${key} in ${first}` }];
    }
    for (const key of keys) seen.set(key, one.file);
    return [];
  });
}

type Attempt = { documents: ImportedDocument[]; notes: Note[] } | { faults: Fault[] };

function attemptWith(files: readonly ParsedFile[], options: ImportOptions): Attempt {
  const networks = files.flatMap((one) => (one.is === 'network' ? [one] : []));
  const domains = files.flatMap((one) => (one.is === 'domain' ? [one] : []));
  const draft = newDraft(options, {
    networks: networks.map(({ network }) => network.name),
    guests: domains.map(({ domain }) => domain.name),
  });
  const notes: Note[] = [];
  const faults: Fault[] = [];
  const reading = ({ file, remarks }: ParsedFile, read: (remarks: Remarks) => void) => {
    const found = new Remarks();
    try {
      read(found);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push({ origin: { file, ...error.place }, reason: error.message });
    }
    for (const one of [...remarks, ...found.all]) notes.push({ file, refused: false, ...one });
  };

  const openvswitch = openvswitchBridges(domains);
  for (const one of networks) {
    if (isOurOwn(draft, one)) continue;
    reading(one, (remarks) => {
      const made = draftNetwork(draft, one.file, one.network, openvswitch, remarks);
      draft.networks.set(made.name, made);
    });
  }
  if (faults.length > 0) return { faults };
  for (const one of [...domains].sort((a, b) => compareNatural(a.domain.name, b.domain.name))) {
    reading(one, (remarks) => {
      const made = draftGuest(draft, one.file, one.domain, remarks);
      addGuest(draft, made);
    });
  }
  if (faults.length > 0) return { faults };
  for (const { file, network } of networks) {
    const made = draft.networks.get(draft.networkNames.of(network.name));
    if (made === undefined) continue;
    const found = new Remarks();
    placeReservations(draft, network, made, found);
    for (const one of found.all) notes.push({ file, refused: false, ...one });
  }
  for (const { origin, reason } of placeWithinPools(draft)) notes.push({ ...origin, reason, refused: false });
  try {
    return { documents: documentsOf(draft), notes };
  } catch (error) {
    if (error instanceof Conflict) return { faults: [{ origin: error.origin, reason: error.message }] };
    throw error;
  }
}

/** One that Plumbline has made known to libvirt: what it is on the host stands in the documents. */
function isOurOwn(draft: Draft, { network: { name, uuid } }: ParsedFile & { is: 'network' }): boolean {
  return uuid === derivedNetworkUuid(name) && knownNetwork(draft, name) !== null;
}

/** Bridges that some guest's interface takes for Open vSwitch's: a network of theirs need not say it. */
function openvswitchBridges(domains: readonly (ParsedFile & { is: 'domain' })[]): Set<string> {
  const interfaces = domains.flatMap(({ domain }) => domain.interfaces);
  return new Set(
    interfaces.flatMap(({ source, port }) =>
      source.is === 'bridge' && isOpenvswitchPort(port) ? source.bridge : [],
    ),
  );
}
