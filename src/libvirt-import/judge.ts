import { check } from '../check/check.ts';
import type { DocumentKind } from '../desired/documents.ts';
import { type Loaded, loadTexts } from '../desired/load.ts';
import { openSnapshot } from '../desired/snapshot.ts';
import { formatPath, type Problem } from '../model/problem.ts';
import { documentText, textWithAdded } from './document-text.ts';
import type { ImportedDocument } from './documents.ts';
import type { Fault } from './import-files.ts';

const FOLDERS: Partial<Record<DocumentKind, string>> = {
  Network: 'networks',
  Host: 'hosts',
  Guest: 'guests',
};

/** Where a document stands, or is to stand by convention, below the desired directory. */
function fileOf({ kind, name, standing }: ImportedDocument): string {
  return standing ?? `${FOLDERS[kind] ?? '.'}/${name}.yaml`;
}

/** The texts of the files that documents make or change. `standing` are those that are there. */
export function fileTexts(
  documents: readonly ImportedDocument[],
  standing: Readonly<Record<string, string>>,
): Map<string, string> {
  const texts = new Map<string, string>();
  for (const document of documents) {
    const file = fileOf(document);
    const text = texts.get(file) ?? standing[file];
    texts.set(
      file,
      document.standing === null || text === undefined
        ? documentText(document)
        : textWithAdded(text, document),
    );
  }
  return texts;
}

/**
 * Holds documents to all that `check` does, together with those that stand. Networks and hosts first: what is wrong with
 * a guest may be their doing.
 */
export async function judge(
  documents: readonly ImportedDocument[],
  standing: Readonly<Record<string, string>>,
): Promise<Fault[]> {
  if (documents.length === 0) return [];
  const taken = documents.filter((one) => one.standing === null && Object.hasOwn(standing, fileOf(one)));
  if (taken.length > 0) {
    return taken.flatMap((one) =>
      one.origins.slice(0, 1).map(({ origin }) => ({
        origin,
        reason: `the file ${fileOf(one)} is there and holds something else`,
      })),
    );
  }
  const files = { ...standing, ...Object.fromEntries(fileTexts(documents, standing)) };
  const { fleet, problems }: Loaded = await loadTexts('import', openSnapshot({ revision: null, files }), {
    cache: null,
  });
  const errors = [...problems, ...check(fleet)].filter(({ severity }) => severity === 'error');
  const faults = errors.map((problem) => ({ problem, document: culprit(problem, documents) }));
  const shared = faults.filter(({ document }) => document.kind !== 'Guest');
  return (shared.length > 0 ? shared : faults).map(({ problem, document }) => faultOf(problem, document));
}

/** The document that a problem stands in, else one that it is about. */
function culprit(problem: Problem, documents: readonly ImportedDocument[]): ImportedDocument {
  const { source, about = [] } = problem;
  const found =
    documents.find((one) => source !== null && fileOf(one) === source.file && isAbout(one, about)) ??
    documents.find((one) => source !== null && fileOf(one) === source.file) ??
    documents.findLast((one) => isAbout(one, about)) ??
    documents.at(-1);
  if (found === undefined) throw new Error('there are problems, but no documents');
  return found;
}

function isAbout({ kind, name }: ImportedDocument, about: readonly string[]): boolean {
  return about.includes(`${kind}/${name}`);
}

function faultOf(problem: Problem, { origins }: ImportedDocument): Fault {
  const { path = '', message, expected } = problem;
  // The most exact comes last.
  const within = origins.filter((one) => one.path.length === 0 || isBelow(path, formatPath(one.path)));
  const origin = within.at(-1)?.origin ?? origins[0]?.origin;
  if (origin === undefined) throw new Error(`a document comes from nowhere: ${message}`);
  return { origin, reason: expected === undefined ? message : `${message}; expected: ${expected}` };
}

function isBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
}
