import { loadRevision } from '../../desired/load.ts';
import { openRevision } from '../../desired/revision.ts';
import { textsOf } from '../../desired/snapshot.ts';
import type { Candidate } from '../words.ts';

/** The desired directory as it is in one commit, which nothing changes. */
export function commitCandidate(directory: string, revision: string, cache: string | null): Candidate {
  return {
    revision,
    load: () => loadRevision(directory, revision, { cache }),
    texts: async () => textsOf(await openRevision(directory, revision)),
  };
}
