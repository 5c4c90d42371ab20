import { realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { openDirectory } from '../../desired/directory.ts';
import { loadTexts } from '../../desired/load.ts';
import { freeze, textsOf } from '../../desired/snapshot.ts';
import type { TextSource } from '../../desired/source.ts';
import { isHidden, isYamlName } from '../../desired/walk.ts';
import { messageOf } from '../../tools/result.ts';
import type { Candidate, DesiredSource } from '../words.ts';
import { SourceTrouble } from './trouble.ts';
import { type FileWatch, watchFiles } from './watch-files.ts';

/** Editors write, rename and touch for some tens of milliseconds. */
const QUIET_MS = 100;

/** Follows the files of a directory as they are saved, in git or not. */
export function worktreeSource(options: { directory: string; cache: string | null }): DesiredSource {
  const { directory, cache } = options;
  let watch: FileWatch | null = null;
  let watchTrouble: string | null = null;
  let trouble: string | null = null;
  let changed: (() => void) | null = null;
  return {
    description: `the files in ${directory} as they are saved`,
    repository: null,
    async start(onChange) {
      changed = onChange;
      const root = realOrSelf(directory);
      watch = await watchFiles([root], {
        ignored: (path, isFile) => isPassedOver(relative(root, path), isFile),
        shallow: false,
        quietMs: QUIET_MS,
        onChange,
        onTrouble: (why) => {
          watchTrouble = why;
        },
      });
      // What was saved before the watch was at work.
      onChange();
    },
    async candidate() {
      try {
        const candidate = frozenCandidate(directory, await freeze(openDirectory(directory)), cache);
        trouble = null;
        return candidate;
      } catch (error) {
        trouble = messageOf(error);
        throw new SourceTrouble(trouble);
      }
    },
    async refresh() {
      changed?.();
    },
    state: () => ({ seen: null, fetchedAt: null, trouble: trouble ?? watchTrouble, refused: null }),
    async close() {
      changed = null;
      await watch?.close();
    },
  };
}

/** What is loaded and what is kept are the same texts, though somebody goes on saving. */
function frozenCandidate(directory: string, source: TextSource, cache: string | null): Candidate {
  return {
    revision: null,
    load: () => loadTexts(directory, source, { cache }),
    texts: () => textsOf(source),
  };
}

/** As src/desired/walk.ts does: what is hidden, and files that are no YAML. */
function isPassedOver(path: string, isFile: boolean): boolean {
  if (path === '') return false;
  return path.split('/').some(isHidden) || (isFile && !isYamlName(path));
}

function realOrSelf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
