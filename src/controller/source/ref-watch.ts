import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileWatch } from './watch-files.ts';
import { watchFiles } from './watch-files.ts';

/** Where a repository keeps what says which commit is checked out. */
export interface RefPlaces {
  /** Of the worktree: has its HEAD. */
  gitDirectory: string;
  /** Of all worktrees: has the branches. The same as `gitDirectory` but in a linked worktree. */
  commonDirectory: string;
}

/** A commit renames two or three files at once; more than this after another is another commit. */
const QUIET_MS = 20;

/**
 * Calls `onChange` for what may have changed the checked-out commit: HEAD, the branch's loose ref, packed-refs, and
 * the tables of reftable. git replaces each of them by a rename, and packing refs removes the folders of a loose one,
 * so it is the directories on the way that are watched, and watched anew whenever one of them is another.
 */
export class RefWatch implements FileWatch {
  private readonly places: RefPlaces;
  private readonly onChange: () => void;
  private readonly onTrouble: (why: string) => void;
  private watch: FileWatch | null = null;
  private watched = '';
  private renewing: Promise<void> | null = null;
  private again = false;
  private closed = false;

  constructor(places: RefPlaces, onChange: () => void, onTrouble: (why: string) => void) {
    this.places = places;
    this.onChange = onChange;
    this.onTrouble = onTrouble;
  }

  /** Fulfilled when every later change is seen. */
  async start(): Promise<void> {
    await this.renew();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.renewing;
    await this.watch?.close();
    this.watch = null;
  }

  private react(): void {
    if (this.renewing !== null) {
      this.again = true;
      return;
    }
    this.renewing = this.renew().finally(() => {
      this.renewing = null;
      if (this.closed) return;
      this.onChange();
      if (!this.again) return;
      this.again = false;
      this.react();
    });
  }

  /** What changes while the new watch is being set up shows in what is to be watched then, or in the commit after it. */
  private async renew(): Promise<void> {
    for (let wanted = waysToHead(this.places); ; wanted = waysToHead(this.places)) {
      if (this.closed || wanted.identity === this.watched) return;
      // First: chokidar has one kernel watch for a path, and would give us that of the directory that is gone.
      await this.watch?.close();
      this.watch = null;
      const interesting = new Set([...wanted.directories, ...wanted.names]);
      this.watch = await watchFiles(wanted.directories, {
        ignored: (path) => !interesting.has(path),
        shallow: true,
        quietMs: QUIET_MS,
        onChange: () => this.react(),
        onTrouble: this.onTrouble,
      });
      this.watched = wanted.identity;
    }
  }
}

/** The directories that stand, what to look for in them, and a text that differs when one of them is another. */
function waysToHead({ gitDirectory, commonDirectory }: RefPlaces) {
  const names = [join(gitDirectory, 'HEAD'), join(commonDirectory, 'packed-refs')];
  const directories = new Set([gitDirectory, commonDirectory]);
  for (const top of [...directories]) {
    directories.add(join(top, 'reftable'));
    names.push(join(top, 'reftable', 'tables.list'));
  }
  const ref = branchRef(gitDirectory);
  if (ref !== null) {
    const file = join(commonDirectory, ref);
    names.push(file);
    for (let at = dirname(file); at.length > commonDirectory.length; at = dirname(at)) directories.add(at);
  }
  const standing = [...directories].flatMap((path) => {
    const status = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (!status?.isDirectory()) return [];
    // A directory made anew can get the same inode number.
    return [{ path, identity: `${path} ${status.dev}:${status.ino} ${status.birthtimeNs}` }];
  });
  return {
    directories: standing.map(({ path }) => path),
    // A directory that is not there yet is a name to look for in the one above it.
    names: [...names, ...directories],
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
