import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { check } from '../check/check.ts';
import { openDirectory } from '../desired/directory.ts';
import type { Fleet } from '../desired/fleet.ts';
import { loadTexts } from '../desired/load.ts';
import { openSnapshot, textsOf } from '../desired/snapshot.ts';
import { ProblemsError } from '../model/problem.ts';
import type { ImportedDocument } from './documents.ts';
import { fileTexts } from './judge.ts';

/** A desired directory that documents are written to, as it was when it was read. */
export interface OutDirectory {
  directory: string;
  /** null where there is no document yet. */
  fleet: Fleet | null;
  /** By file, relative to the directory. */
  texts: Readonly<Record<string, string>>;
}

/** Throws ProblemsError for documents that are not valid: nothing can be held against them. */
export async function openOut(directory: string): Promise<OutDirectory> {
  if (!existsSync(directory) || readdirSync(directory).length === 0)
    return { directory, fleet: null, texts: {} };
  const source = openDirectory(directory);
  const { files } = await textsOf(source);
  if (source.problems.length > 0) throw new ProblemsError(source.problems);
  if (Object.values(files).every((text) => text.trim() === ''))
    return { directory, fleet: null, texts: files };
  const { fleet, problems } = await loadTexts(directory, openSnapshot({ revision: null, files }), {
    cache: null,
  });
  const errors = [...problems, ...check(fleet)].filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ProblemsError(errors);
  return { directory, fleet, texts: files };
}

/**
 * Writes the files of documents, readable for all, each at once, and says which. A file that is there is changed only for
 * a document in it that gets something added.
 */
export function write(
  { directory, texts }: OutDirectory,
  documents: readonly ImportedDocument[],
): { file: string; is: 'new' | 'added to' }[] {
  return [...fileTexts(documents, texts)].map(([file, text]) => {
    const path = join(directory, file);
    mkdirSync(dirname(path), { recursive: true });
    const isNew = !Object.hasOwn(texts, file);
    // Never over what has come there meanwhile.
    if (isNew) writeFileSync(path, text, { mode: 0o644, flag: 'wx' });
    else replace(path, text);
    return { file, is: isNew ? 'new' : 'added to' };
  });
}

function replace(path: string, text: string): void {
  const aside = `${path}.new`;
  rmSync(aside, { force: true });
  writeFileSync(aside, text, { mode: 0o644, flag: 'wx' });
  renameSync(aside, path);
}
