import { resolve } from 'node:path';
import { existingParent } from '../../desired/revision.ts';
import { messageOf } from '../../tools/result.ts';
import { git } from './git.ts';
import type { RefPlaces } from './ref-watch.ts';
import { directoryIdentity } from './renewing-watch.ts';
import { SourceTrouble } from './trouble.ts';

export interface Repository extends RefPlaces {
  /** A directory inside of it. */
  base: string;
  /** Tells it from another one that took its place. */
  identity: string;
}

/** What is checked out in it. */
export interface Checkout {
  repository: Repository;
  /** null before the first commit. */
  head: string | null;
  /** null on a detached HEAD. */
  branch: string | null;
}

const PLACES = ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir'];

/** git's word for a HEAD that names nothing. */
const NO_COMMIT = /unknown revision|bad revision|needed a single revision/i;

/** All by one git. Throws SourceTrouble where that finds no repository or refuses it. */
export async function readCheckout(directory: string): Promise<Checkout> {
  const base = existingParent(resolve(directory));
  let failed = '';
  const answer = await git(base, [...PLACES, 'HEAD^{commit}', '--symbolic-full-name', 'HEAD']).catch(
    (error: unknown) => {
      failed = messageOf(error);
      return '';
    },
  );
  const [gitDirectory = '', commonDirectory = '', head = '', name = ''] = answer.split('\n');
  const repository = repositoryOf(base, gitDirectory, commonDirectory);
  const branch = /^refs\/heads\/(.+)$/.exec(name)?.[1] ?? null;
  if (/^[0-9a-f]{40,64}$/.test(head)) return { repository, head, branch };
  // Why not: there is no repository that may be read, or no commit, or git itself came to grief.
  const found = await findRepository(base);
  if (!NO_COMMIT.test(failed)) throw new SourceTrouble(refusal(base, failed));
  return { repository: found, head: null, branch: null };
}

async function findRepository(base: string): Promise<Repository> {
  const answer = await git(base, PLACES).catch((error: unknown) => {
    throw new SourceTrouble(refusal(base, messageOf(error)));
  });
  const [gitDirectory = '', commonDirectory = ''] = answer.split('\n');
  return repositoryOf(base, gitDirectory, commonDirectory);
}

function repositoryOf(base: string, gitDirectory: string, commonDirectory: string): Repository {
  const identity = [gitDirectory, commonDirectory].map(directoryIdentity).join(' ');
  return { base, gitDirectory, commonDirectory, identity };
}

/** git's words begin with the reason; its safe.directory is for repositories whose owner could have our git run programs. */
function refusal(base: string, words: string): string {
  const foreign = /dubious ownership in repository at '(.*)'/.exec(words)?.[1];
  if (foreign !== undefined) {
    return `another user owns the repository ${foreign}, and its settings could run programs with our rights; give it to this user, or allow it: git config --system --add safe.directory ${foreign}`;
  }
  if (words.includes('not a git repository')) {
    return `${base} is in no git repository: make one there (git init), or follow the files as they are saved (--worktree)`;
  }
  if (words.includes('ENOENT')) return 'git is not installed: apt-get install git';
  return `git cannot read the repository of ${base}: ${words.trim().split('\n', 1)[0] ?? ''}`;
}
