import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { directoryIdentity, type WatchPlan } from './renewing-watch.ts';

/** Where a repository keeps what says which commit is checked out. */
export interface RefPlaces {
  /** Of the worktree: has its HEAD. */
  gitDirectory: string;
  /** Of all worktrees: has the branches. The same as `gitDirectory` but in a linked worktree. */
  commonDirectory: string;
}

/**
 * What may change the checked-out commit: HEAD, the branch's loose ref, packed-refs, and the tables of reftable. git
 * replaces each of them by a rename, and packing refs removes the folders of a loose one, so it is the directories on
 * the way that are watched.
 */
export function waysToHead({ gitDirectory, commonDirectory }: RefPlaces): WatchPlan {
  const names = new Set([join(gitDirectory, 'HEAD'), join(commonDirectory, 'packed-refs')]);
  const directories = new Set([gitDirectory, commonDirectory]);
  for (const top of [...directories]) {
    directories.add(join(top, 'reftable'));
    names.add(join(top, 'reftable', 'tables.list'));
  }
  const ref = branchRef(gitDirectory);
  if (ref !== null) {
    const file = join(commonDirectory, ref);
    names.add(file);
    for (let at = dirname(file); at.length > commonDirectory.length; at = dirname(at)) directories.add(at);
  }
  const standing = [...directories].flatMap((path) => {
    const identity = directoryIdentity(path);
    return identity === null ? [] : [{ path, identity }];
  });
  return {
    directories: standing.map(({ path }) => path),
    // A directory that is not there yet is a name to look for in the one above it.
    ignored: (path) => !names.has(path) && !directories.has(path),
    identity: [ref ?? '', ...standing.map(({ identity }) => identity)].join('\n'),
  };
}

/** What HEAD names, as gitrepository-layout(5) says; null when it is detached. */
function branchRef(gitDirectory: string): string | null {
  try {
    const ref = /^ref: (refs\/\S+)\s*$/.exec(readFileSync(join(gitDirectory, 'HEAD'), 'utf8'))?.[1] ?? null;
    return ref?.split('/').includes('..') ? null : ref;
  } catch {
    return null;
  }
}
