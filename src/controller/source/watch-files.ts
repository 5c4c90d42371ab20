import { basename, join } from 'node:path';
import { watch } from 'chokidar';
import { messageOf } from '../../tools/result.ts';
import { debounced } from './debounce.ts';

export interface FileWatch {
  close(): Promise<void>;
}

export interface FileWatchOptions {
  /** What to pass over, by absolute path. Asked before it is known what it is, and after. */
  ignored(path: string, isFile: boolean): boolean;
  /** Milliseconds of quiet before `onChange`, which comes within four times that. */
  quietMs: number;
  onChange(): void;
  /** Watching no longer works, or not for all: too many watches, mostly. */
  onTrouble(why: string): void;
}

/** Watches directories and what stands directly in them. It is at work when the promise is fulfilled. */
export async function watchFiles(
  directories: readonly string[],
  options: FileWatchOptions,
): Promise<FileWatch> {
  const changed = debounced(options.onChange, options.quietMs, options.quietMs * 4);
  const watcher = watch([...directories], {
    ignored: (path, status) => options.ignored(path, status?.isFile() ?? false),
    ignoreInitial: true,
    // A link may lead anywhere, and what it leads to inside is watched by its own name.
    followSymlinks: false,
    // Several events for one rename are one for us; swallowing some of them could lose the last.
    atomic: false,
    depth: 0,
  });
  watcher.on('all', () => changed());
  // The kernel's own events too: chokidar drops those of a directory that was removed and made again at once.
  watcher.on('raw', (_, name, details) => {
    const path = placeOf(name, details);
    if (path === null || !options.ignored(path, false)) changed();
  });
  watcher.on('error', (error) => options.onTrouble(explain(error)));
  if (directories.length > 0) await new Promise<void>((ready) => watcher.once('ready', ready));
  return {
    async close() {
      changed.cancel();
      await watcher.close();
    },
  };
}

/** What an event is about: a watched file itself, or a name in a watched directory. null where that cannot be told. */
function placeOf(name: unknown, details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
  const { watchedPath } = details;
  if (typeof watchedPath !== 'string' || typeof name !== 'string') return null;
  return basename(watchedPath) === name ? watchedPath : join(watchedPath, name);
}

function explain(error: unknown): string {
  const why = messageOf(error);
  if (!/ENOSPC|EMFILE/.test(why)) return `changes may be seen late: ${why}`;
  return `changes may be seen late, for there are too many watches (${why}): raise the sysctl fs.inotify.max_user_watches or fs.inotify.max_user_instances`;
}
