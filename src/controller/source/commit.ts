import { loadTexts } from '../../desired/load.ts';
import { openRevision } from '../../desired/revision.ts';
import { textsOf } from '../../desired/snapshot.ts';
import type { TextSource } from '../../desired/source.ts';
import type { Candidate } from '../words.ts';

/** The desired directory as it is in one commit, which nothing changes. */
export function commitCandidate(
  directory: string,
  revision: string,
  cache: string | null,
): Candidate & { revision: string } {
  // Listed once for both: loading it, and keeping it when it stands.
  let listed: Promise<TextSource> | null = null;
  const list = () => {
    listed ??= openRevision(directory, revision);
    return listed;
  };
  return {
    revision,
    id: revision,
    load: async () => loadTexts(directory, await list(), { cache }),
    texts: async () => textsOf(await list()),
  };
}
