import { type Problem, ProblemsError } from '../model/problem.ts';
import { optimizeSoon } from '../tools/optimize.ts';
import { assemble } from './assemble.ts';
import { MAX_BYTES } from './bounds.ts';
import { ParseCache, textKey } from './cache.ts';
import { CheckedFleet } from './checked.ts';
import { openDirectory } from './directory.ts';
import type { Fleet } from './fleet.ts';
import type { ParsedDocument, ParsedFile } from './parsed.ts';
import type { Texts } from './snapshot.ts';
import type { TextFile, TextSource } from './source.ts';

/** What a desired directory says, and all that is wrong with its texts. */
export interface Loaded {
  fleet: Fleet;
  /** Not to be acted on while any of them is an error. */
  problems: Problem[];
  /** The commit that it was read from; null for a working tree. */
  revision: string | null;
  /** A file's text, for showing a line of it; null when it is not to be had. */
  textOf(file: string): Promise<string | null>;
  /** What is known of a check of this fleet; null when there are problems, or nothing is kept. */
  checked: CheckedFleet | null;
  /** All texts as they were read, for keeping a copy. */
  texts(): Promise<Texts>;
}

export interface LoadOptions {
  /** Where parsed documents are kept from run to run; null for nowhere. */
  cache: string | null;
}

/**
 * Reads a desired directory. Throws ProblemsError when it is unreadable or holds no document, which must never pass
 * for a fleet that wants nothing (invariant 10).
 */
export async function loadDirectory(directory: string, options: LoadOptions): Promise<Loaded> {
  return load(directory, openDirectory(directory), options);
}

/**
 * Reads the desired directory as it is in a commit of the repository that `directory` is in. Throws as
 * `loadDirectory`, and when there is no such commit.
 */
export async function loadRevision(
  directory: string,
  revision: string,
  options: LoadOptions,
): Promise<Loaded> {
  const { openRevision } = await import('./revision.ts');
  return load(directory, await openRevision(directory, revision), options);
}

/**
 * Reads texts that are in memory: of a copy that was kept, or frozen. `name` says what they are, for the one problem
 * that there is none. Throws as `loadDirectory`.
 */
export async function loadTexts(name: string, source: TextSource, options: LoadOptions): Promise<Loaded> {
  return load(name, source, options);
}

/** So many bytes to be parsed are worth the work of making their parser fast. */
const MUCH = 32_768;

async function load(directory: string, source: TextSource, options: LoadOptions): Promise<Loaded> {
  const cache = new ParseCache(options.cache);
  const read = new Map<string, ReadFile>();
  const unknown: TextFile[] = [];
  for (const file of source.files) {
    const key = file.blob === null ? undefined : cache.keyOfBlob(file.blob);
    const documents = key === undefined ? undefined : cache.documents(key);
    if (key === undefined || documents === undefined) unknown.push(file);
    else read.set(file.file, { file: file.file, key, parsed: valid(documents) });
  }

  let total = 0;
  const misses: { file: TextFile; key: string; bytes: Uint8Array }[] = [];
  const contents = new Map<string, Uint8Array>();
  await source.read(unknown, (file, content) => {
    if (content.is === 'problem') {
      read.set(file.file, { file: file.file, key: '', parsed: failed(content.problem) });
      return;
    }
    total += content.bytes.length;
    // Nothing of it is acted on, and none of it is kept.
    if (total > MAX_BYTES) return;
    const { bytes } = content;
    contents.set(file.file, bytes);
    const key = textKey(bytes);
    const documents = cache.documents(key);
    if (documents === undefined) {
      misses.push({ file, key, bytes });
      return;
    }
    read.set(file.file, { file: file.file, key, parsed: valid(documents) });
    if (file.blob !== null) cache.addBlob(file.blob, key);
  });

  if (total > MAX_BYTES) throw new ProblemsError([tooMuch(directory, total)]);
  if (misses.length > 0) {
    const { parseText } = await import('./parse.ts');
    if (misses.reduce((sum, { bytes }) => sum + bytes.length, 0) >= MUCH) optimizeSoon();
    for (const { file, key, bytes } of misses) {
      const parsed = await parseText(file.file, bytes);
      read.set(file.file, { file: file.file, key, parsed });
      if (parsed.problems.length > 0) continue;
      cache.add(key, parsed.documents);
      if (file.blob !== null) cache.addBlob(file.blob, key);
    }
  }
  cache.save();

  const inOrder: ReadFile[] = [];
  for (const { file } of source.files) {
    const one = read.get(file);
    if (one !== undefined) inOrder.push(one);
  }
  const { fleet, problems } = assemble(inOrder, source.problems, source.unreadable);
  if (problems.length === 0 && inOrder.every(({ parsed: { documents } }) => documents.length === 0)) {
    throw new ProblemsError([emptyDirectory(directory, source.files.length)]);
  }
  const texts = async () => {
    const { textsIn, textsOf } = await import('./snapshot.ts');
    // Of a commit, whose texts never change, not all were read; of a working tree all were, and may be others by now.
    return source.revision === null ? textsIn(contents) : textsOf(source);
  };
  const checked =
    problems.length > 0 || options.cache === null ? null : new CheckedFleet(options.cache, inOrder);
  return { fleet, problems, revision: source.revision, textOf: source.textOf, checked, texts };
}

/** What a file says, and the key of its text; none for one that could not be read. */
interface ReadFile {
  file: string;
  key: string;
  parsed: ParsedFile;
}

function valid(documents: ParsedDocument[]): ParsedFile {
  return { documents, problems: [], broken: [], unreadable: false, minVersion: null };
}

function failed(problem: Problem): ParsedFile {
  return { documents: [], problems: [problem], broken: [], unreadable: true, minVersion: null };
}

function tooMuch(directory: string, bytes: number): Problem {
  return {
    code: 'fleet-too-large',
    severity: 'error',
    message: `the desired directory ${directory} is too large`,
    source: null,
    found: `${bytes} bytes in its YAML files`,
    expected: `at most ${MAX_BYTES} bytes`,
  };
}

function emptyDirectory(directory: string, files: number): Problem {
  return {
    code: 'empty-directory',
    severity: 'error',
    message: `the desired directory ${directory} holds no document`,
    source: null,
    found: files === 0 ? 'no YAML file' : `${files} YAML file${files === 1 ? '' : 's'} without a document`,
    expected: 'Network, Host and Guest documents in *.yaml files',
    hint: 'give the directory that holds them: plumbline check DIR',
  };
}
