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

/** Throws SourceTrouble where git finds no repository or refuses it. */
export async function findRepository(directory: string): Promise<Repository> {
  const base = existingParent(resolve(directory));
  const words = ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir'];
  const answer = await git(base, words).catch((error: unknown) => {
    throw new SourceTrouble(refusal(base, messageOf(error)));
  });
  const [gitDirectory = '', commonDirectory = ''] = answer.split('\n');
  return {
    base,
    gitDirectory,
    commonDirectory,
    identity: [gitDirectory, commonDirectory].map(directoryIdentity).join(' '),
  };
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
