import { openDirectory } from '../../desired/directory.ts';
import { loadTexts } from '../../desired/load.ts';
import { freeze, textsOf } from '../../desired/snapshot.ts';
import type { TextSource } from '../../desired/source.ts';
import { messageOf } from '../../tools/result.ts';
import { textsId } from '../texts-id.ts';
import type { Candidate, DesiredSource } from '../words.ts';
import { foldersOf } from './folders.ts';
import { RenewingWatch } from './renewing-watch.ts';
import { SourceTrouble } from './trouble.ts';

/** Editors write, rename and touch for some tens of milliseconds. */
const QUIET_MS = 100;

/** Follows the files of a directory as they are saved, in git or not. */
export function worktreeSource(options: { directory: string; cache: string | null }): DesiredSource {
  const { directory, cache } = options;
  let watch: RenewingWatch | null = null;
  let watchTrouble: string | null = null;
  let trouble: string | null = null;
  let changed: (() => void) | null = null;
  return {
    description: `the files in ${directory} as they are saved`,
    repository: null,
    async start(onChange) {
      changed = onChange;
      watch = new RenewingWatch({
        plan: () => foldersOf(directory),
        quietMs: QUIET_MS,
        onChange,
        onTrouble: (why) => {
          watchTrouble = why;
        },
      });
      await watch.renew();
      // What was saved before the watch was at work.
      onChange();
    },
    async candidate() {
      try {
        // Of a directory that was put in the place of the watched one no event tells.
        await watch?.renew();
        const candidate = await frozenCandidate(directory, await freeze(openDirectory(directory)), cache);
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
async function frozenCandidate(
  directory: string,
  source: TextSource,
  cache: string | null,
): Promise<Candidate> {
  const texts = await textsOf(source);
  const unread = source.files.filter(({ file }) => !Object.hasOwn(texts.files, file));
  return {
    revision: null,
    id: textsId(texts, [...source.problems, ...unread]),
    load: () => loadTexts(directory, source, { cache }),
    texts: () => textsOf(source),
  };
}
