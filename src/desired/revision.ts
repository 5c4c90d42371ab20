import { statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { simpleGit } from 'simple-git';
import { compareText } from '../model/order.ts';
import { type Problem, ProblemsError } from '../model/problem.ts';
import { shellLine } from '../model/shell.ts';
import { readBlobs } from './blobs.ts';
import { MAX_FILE_BYTES, MAX_FILES } from './bounds.ts';
import { tooLarge } from './directory.ts';
import { GIT_CONFIG, gitEnvironment } from './git-environment.ts';
import { type CommittedLink, lossyLinks } from './links.ts';
import type { TextSource } from './source.ts';
import { isHidden, isYamlName } from './walk.ts';

interface Blob {
  file: string;
  blob: string;
}

/** The texts of `directory` in a commit. Throws ProblemsError when there is no such commit, repository or directory. */
export async function openRevision(directory: string, revision: string): Promise<TextSource> {
  // The directory may be gone from the working tree and still be in the commit.
  const base = existingParent(resolve(directory));
  const { commit, inTree } = await locate(base, revision);
  const prefix = [inTree.replace(/\/?\n?$/, ''), relative(base, resolve(directory))]
    .filter(Boolean)
    .join('/');
  const listing = await git(base, 'ls-tree', '-r', '-l', '-z', '--full-tree', `${commit}:${prefix}`).catch(
    (error) => {
      const where = prefix === '' ? 'no files' : `no directory ${prefix}`;
      throw refused('unknown-directory', `commit ${commit.slice(0, 12)} has ${where}`, error);
    },
  );
  const { files, problems, links } = readListing(listing);
  if (links.length > 0) {
    const folders = await foldersOf(base, `${commit}:${prefix}`);
    const lossy = await lossyLinks(base, commit, prefix && `${prefix}/`, links, folders);
    for (const file of lossy) problems.push(noFile(file, 'a symbolic link'));
  }
  const blobs = new Map(files.map(({ file, blob }) => [file, blob]));
  return {
    revision: commit,
    problems,
    unreadable: problems.length > 0,
    files,
    read: (wanted, take) => readBlobs(base, wanted, take),
    textOf: async (file) => {
      const blob = blobs.get(file);
      if (blob === undefined) return null;
      let text: string | null = null;
      await readBlobs(base, [{ file, blob }], (_, content) => {
        if (content.is === 'text') text = new TextDecoder().decode(content.bytes);
      });
      return text;
    },
  };
}

/** Git's ids of the folders that are read: of `tree` itself, and of those below it that are not hidden. */
async function foldersOf(base: string, tree: string): Promise<Set<string>> {
  const listing = await git(base, 'ls-tree', '-r', '-d', '-z', '--full-tree', tree);
  const shown = listing.split('\0').filter((line) => !isBelowHidden(line.slice(line.indexOf('\t') + 1)));
  const own = await git(base, 'rev-parse', '--verify', '--end-of-options', tree);
  return new Set([own.trim(), ...shown.map((line) => line.split(/[ \t]/, 3)[2] ?? '')]);
}

/** A commit's full id, and where in the working tree we are. */
async function locate(base: string, revision: string): Promise<{ commit: string; inTree: string }> {
  if (/^[0-9a-f]{40,64}$/.test(revision)) {
    // One git for what a controller asks with each commit; whatever is wrong is found out step by step.
    const answer = await git(base, 'rev-parse', '--show-prefix', `${revision}^{commit}`).catch(() => '');
    const [inTree = '', commit = ''] = answer.split('\n');
    if (commit === revision) return { commit, inTree };
  }
  const commit = await commitOf(base, revision);
  return { commit, inTree: await git(base, 'rev-parse', '--show-prefix') };
}

async function commitOf(base: string, revision: string): Promise<string> {
  await git(base, 'rev-parse', '--git-dir').catch((error) => {
    throw refused('no-repository', `${base} is in no git repository that can be read`, error);
  });
  const unknown = (error: unknown) =>
    refused('unknown-revision', `there is no commit ${JSON.stringify(revision)} here`, error, revision);
  // Git would take it for an option; no branch or tag can begin with a dash.
  if (revision.startsWith('-') || revision === '') throw unknown(null);
  const commit = await git(base, 'rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`).catch(
    (error) => {
      throw unknown(error);
    },
  );
  const id = commit.trim();
  if (!/^[0-9a-f]{40,64}$/.test(id)) throw unknown(null);
  return id;
}

async function git(base: string, ...words: string[]): Promise<string> {
  const env = gitEnvironment();
  // simple-git guards against settings that run programs or change git's ways; ours are constants that forbid both.
  const unsafe = { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true };
  return simpleGit({ baseDir: base, config: [...GIT_CONFIG], unsafe, allowEnvironment: Object.keys(env) })
    .env(env)
    .raw(words);
}

/** Whether a path is hidden, or a folder on the way to it. */
function isBelowHidden(path: string): boolean {
  return path.split('/').some(isHidden);
}

/** Lines of `ls-tree -l -z`: `<mode> <type> <object> <size>TAB<path>NUL`, git-ls-tree(1). */
function readListing(listing: string): { files: Blob[]; problems: Problem[]; links: CommittedLink[] } {
  const files: Blob[] = [];
  /** Symbolic links that are not named as documents are. */
  const links: CommittedLink[] = [];
  const problems: Problem[] = [];
  for (const line of listing.split('\0')) {
    const tab = line.indexOf('\t');
    const file = line.slice(tab + 1);
    if (tab < 0 || isBelowHidden(file)) continue;
    const [mode = '', , blob = '', size = ''] = line.slice(0, tab).split(/ +/);
    if (mode === '120000') {
      // In the working tree one that stays inside is read where it points to, which is listed here as well.
      if (isYamlName(file)) problems.push(noFile(file, 'a symbolic link'));
      else links.push({ file, blob, size: Number(size) });
    } else if (mode === '160000') problems.push(noFile(file, 'a submodule'));
    else if (!isYamlName(file)) continue;
    // Two such names may have come out as one, and then one file would be lost.
    else if (file.includes('\ufffd')) problems.push(unnamed(file));
    else if (Number(size) > MAX_FILE_BYTES) problems.push(tooLarge(file, Number(size)));
    else files.push({ file, blob });
  }
  if (files.length > MAX_FILES) {
    const message = `the desired directory holds ${files.length} files`;
    throw new ProblemsError([
      { code: 'too-many-files', severity: 'error', message, source: null, expected: `at most ${MAX_FILES}` },
    ]);
  }
  files.sort((a, b) => compareText(a.file, b.file));
  return { files, problems, links };
}

function unnamed(file: string): Problem {
  return {
    code: 'unreadable',
    severity: 'error',
    message: 'the name of the file is no UTF-8',
    source: { file, line: 1, column: 1 },
    hint: 'give it another name',
  };
}

function noFile(file: string, found: string): Problem {
  return {
    code: 'not-a-file',
    severity: 'error',
    message: `${found} in a commit is not followed`,
    source: { file, line: 1, column: 1 },
    found,
    expected: 'a file',
    hint: 'put the file itself here',
  };
}

/** The directory itself, or the nearest one above it that stands: where git can be started. */
export function existingParent(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() || path === '/') return path;
  return existingParent(dirname(path));
}

function refused(code: string, message: string, error: unknown, found?: string): ProblemsError {
  const words = error instanceof Error ? reasonOf(error.message) : '';
  if (words?.includes('ENOENT')) return gitMissing();
  const foreign = /dubious ownership in repository at '(.*)'/.exec(words ?? '')?.[1];
  if (foreign !== undefined) return foreignRepository(foreign);
  return new ProblemsError([
    {
      code,
      severity: 'error',
      message: words ? `${message}: ${words}` : message,
      source: null,
      ...(found === undefined ? {} : { found, expected: 'a branch, tag or commit of this repository' }),
    },
  ]);
}

/** The line of git's that says why; beside it there may be advice, and part of an answer. */
function reasonOf(output: string): string {
  const lines = output.trim().split('\n');
  return lines.find((line) => /^(fatal|error): /.test(line)) ?? lines[0] ?? '';
}

/** Git reads no repository whose owner, by its settings, could have it run programs with our rights. */
function foreignRepository(path: string): ProblemsError {
  return new ProblemsError([
    {
      code: 'foreign-repository',
      severity: 'error',
      message: `the repository ${path} belongs to another user, and git does not read it for this one`,
      source: null,
      found: `a repository of another user than the one that runs plumbline (user id ${process.getuid?.()})`,
      expected: 'a repository of this user, or one that this user has said to trust',
      hint: `if you trust whoever may write to it: ${shellLine(['git', 'config', '--global', '--add', 'safe.directory', path])}, as the user that runs plumbline`,
    },
  ]);
}

function gitMissing(): ProblemsError {
  const message = 'git is not installed, and --revision needs it';
  return new ProblemsError([
    { code: 'tool-missing', severity: 'error', message, source: null, hint: 'apt-get install git' },
  ]);
}
