import { statSync } from 'node:fs';
import { messageOf } from '../../tools/result.ts';
import type { FileWatch } from './watch-files.ts';
import { watchFiles } from './watch-files.ts';

/** What is to be watched as things stand. */
export interface WatchPlan {
  /** What stands directly in them is watched, and nothing below. */
  directories: readonly string[];
  /** What to pass over in them. */
  ignored(path: string, isFile: boolean): boolean;
  /** Differs when something else is to be watched, or another thing of the same name. */
  identity: string;
}

export interface RenewingOptions {
  plan(): WatchPlan;
  quietMs: number;
  onChange(): void;
  onTrouble(why: string): void;
}

/**
 * Watches directories that come, go and are made anew under the same name: a watch on one that is gone says nothing of
 * the one that took its place. After each change it is looked at again what stands, and that is watched.
 */
export class RenewingWatch implements FileWatch {
  private readonly options: RenewingOptions;
  private watch: FileWatch | null = null;
  private watched: string | null = null;
  private renewing: Promise<void> | null = null;
  private reacting = false;
  private again = false;
  private closed = false;

  constructor(options: RenewingOptions) {
    this.options = options;
  }

  /** Fulfilled when every later change is seen. To be asked again when something may stand that no event told of. */
  async renew(): Promise<void> {
    this.renewing ??= this.settle().finally(() => {
      this.renewing = null;
    });
    await this.renewing;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.renewing;
    await this.watch?.close();
    this.watch = null;
  }

  private async react(): Promise<void> {
    this.again = true;
    if (this.reacting) return;
    this.reacting = true;
    try {
      while (this.again && !this.closed) {
        this.again = false;
        await this.renew();
        if (!this.closed) this.options.onChange();
      }
    } finally {
      this.reacting = false;
    }
  }

  /** What changes while the new watch is set up shows in the plan after it, or in what `onChange` has read then. */
  private async settle(): Promise<void> {
    const { plan, quietMs, onTrouble } = this.options;
    for (let wanted = plan(); !this.closed && wanted.identity !== this.watched; wanted = plan()) {
      // First: chokidar has one kernel watch for a path, and would give us that of the directory that is gone.
      await this.watch?.close();
      this.watch = null;
      this.watch = await watchFiles(wanted.directories, {
        ignored: wanted.ignored,
        quietMs,
        onChange: () => void this.react().catch((error: unknown) => onTrouble(messageOf(error))),
        onTrouble,
      });
      this.watched = wanted.identity;
    }
  }
}

/** Names a directory that stands, and no other that ever had its name; null when there is none. */
export function directoryIdentity(path: string): string | null {
  const status = statSync(path, { throwIfNoEntry: false, bigint: true });
  // A directory made anew can get the same inode number.
  return status?.isDirectory() ? `${path} ${status.dev}:${status.ino} ${status.birthtimeNs}` : null;
}
