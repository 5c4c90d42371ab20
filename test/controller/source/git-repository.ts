import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { document, scratch, writeFiles } from '../../support/desired-directory.ts';

/** git as a user of no settings runs it. */
export function git(directory: string, ...words: string[]): string {
  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  };
  return execFileSync('git', words, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: join(directory, 'no-home'), ...identity },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** A repository with one commit of `desired/red.yaml` on `main`. */
export function repository(): string {
  const directory = join(scratch(), 'repository');
  mkdirSync(directory);
  git(directory, 'init', '--quiet', '--initial-branch=main');
  commitMtu(directory, 1400);
  return directory;
}

/** Commits the MTU of network red, and returns the commit. */
export function commitMtu(directory: string, mtu: number, ...options: string[]): string {
  writeFiles(directory, { 'desired/red.yaml': document('Network', 'red', `{ mtu: ${mtu} }`) });
  git(directory, 'add', '--all');
  git(directory, 'commit', '--quiet', `--message=mtu ${mtu}`, ...options);
  return git(directory, 'rev-parse', 'HEAD');
}
