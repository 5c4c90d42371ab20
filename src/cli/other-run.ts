import type { Problem } from '../model/problem.ts';
import { runtimeDirectory } from '../tools/directories.ts';
import { lockHolder } from '../tools/lock.ts';

/** What another run that has this host at this moment means for whoever only looks at it; null when there is none. */
export function otherRun(env: NodeJS.ProcessEnv): Problem | null {
  const holder = findHolder(env);
  if (holder === null) return null;
  const who = holder.pid === null ? 'another run' : `another run (pid ${holder.pid})`;
  return {
    code: 'other-run',
    severity: 'warning',
    message: `${who} has this host at this moment: what is shown here may be half of what that run makes`,
    source: null,
    hint: 'plan again when it has ended',
  };
}

function findHolder(env: NodeJS.ProcessEnv): ReturnType<typeof lockHolder> {
  try {
    return lockHolder(runtimeDirectory(env));
  } catch {
    // A plan needs no right to look there: then this cannot be told.
    return null;
  }
}
