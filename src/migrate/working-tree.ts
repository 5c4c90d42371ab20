import type { ConfigOrigin } from './config-origin.ts';
import { userGit } from './user-git.ts';

/**
 * Where the branch of a working tree was changed beneath it, brings its files along as a fast-forward does: files that
 * somebody is at work on stay as they are, and when one of them is the changed one, nothing is touched. Returns what to
 * do then, null when all is well.
 */
export async function followBranch(
  { base, branch }: ConfigOrigin,
  from: string,
  to: string,
): Promise<string | null> {
  const checkedOut = await userGit(base, ['symbolic-ref', '--quiet', 'HEAD']).catch(() => '');
  const inside = await userGit(base, ['rev-parse', '--is-inside-work-tree']).catch(() => '');
  if (checkedOut.trim() !== `refs/heads/${branch}` || inside.trim() !== 'true') return null;
  try {
    await userGit(base, ['update-index', '-q', '--refresh']).catch(() => '');
    await userGit(base, ['read-tree', '-m', '-u', from, to]);
    return null;
  } catch {
    return `the branch ${branch} of ${base} is changed, and its files are not, for you are at work on them: git -C ${base} diff HEAD`;
  }
}
