import { relative, resolve } from 'node:path';
import { readCheckout } from '../controller/source/repository.ts';
import { SourceTrouble } from '../controller/source/trouble.ts';
import { type RepositoryUrl, repositoryUrl } from '../controller/source/url.ts';
import { RepositoryTrouble } from './repository-trouble.ts';
import { userGit } from './user-git.ts';

/** The repository that a desired directory lies in, and where a change of it is to go. */
export interface ConfigOrigin {
  /** A directory inside of it. */
  base: string;
  /** The desired directory in it; empty for its top. */
  path: string;
  /** The branch that is changed: of the remote, or checked out here where there is none. */
  branch: string;
  /** null: there is no remote `origin`, so the repository itself is changed. */
  remote: { fetch: RepositoryUrl; push: RepositoryUrl } | null;
  /** What all its working trees share. */
  gitDirectory: string;
  /** `sha1`, `sha256` */
  objectFormat: string;
}

/** Finds it. Throws RepositoryTrouble and, for a remote that is not to be trusted, ProblemsError. */
export async function findOrigin(directory: string): Promise<ConfigOrigin> {
  const { repository, branch, head } = await readCheckout(directory).catch((error: unknown) => {
    throw error instanceof SourceTrouble ? new RepositoryTrouble(error.message) : error;
  });
  const { base } = repository;
  if (branch === null) {
    throw new RepositoryTrouble(
      `no branch is checked out in ${base}, so it is not known which one to change: git switch BRANCH`,
    );
  }
  const remote = await remoteOf(base);
  if (remote === null && head === null) throw new RepositoryTrouble(`${base} has no commit yet: git commit`);
  const [above = '', format = 'sha1'] = await linesOf(base, [
    'rev-parse',
    '--show-prefix',
    '--show-object-format',
  ]);
  const path = [above.replace(/\/$/, ''), relative(base, resolve(directory))].filter(Boolean).join('/');
  return {
    base,
    path,
    branch: remote === null ? branch : await upstreamOf(base, branch),
    remote,
    gitDirectory: repository.commonDirectory,
    objectFormat: format,
  };
}

async function remoteOf(base: string): Promise<ConfigOrigin['remote']> {
  const [fetch] = await linesOf(base, ['remote', 'get-url', 'origin']);
  if (fetch === undefined) return null;
  const [push = fetch] = await linesOf(base, ['remote', 'get-url', '--push', 'origin']);
  // git takes a relative path as relative to the top.
  const [top = base] = await linesOf(base, ['rev-parse', '--show-toplevel']);
  return { fetch: repositoryUrl(fetch, top), push: repositoryUrl(push, top) };
}

/** The branch of `origin` that this one follows, else the one of its name. */
async function upstreamOf(base: string, branch: string): Promise<string> {
  const [remote] = await linesOf(base, ['config', '--get', `branch.${branch}.remote`]);
  const [merge = ''] = await linesOf(base, ['config', '--get', `branch.${branch}.merge`]);
  const name = /^refs\/heads\/(.+)$/.exec(merge)?.[1];
  return remote === 'origin' && name !== undefined ? name : branch;
}

/** What git prints, by line; nothing where it fails. */
async function linesOf(base: string, words: string[]): Promise<string[]> {
  const answer = await userGit(base, words).catch(() => '');
  return answer === '' ? [] : answer.replace(/\n$/, '').split('\n');
}
