import { execa } from 'execa';
import { GIT_CONFIG, gitEnvironment } from './git-environment.ts';

/**
 * One `git cat-file` with these words, in a directory of the repository, asked for each name on a line of its own. What
 * it answers is in git-cat-file(1), BATCH OUTPUT. `maxBuffer`: bytes of it that are held at most.
 */
export async function catFile(
  base: string,
  words: readonly string[],
  names: readonly string[],
  maxBuffer?: number,
): Promise<{ failed: false; stdout: Uint8Array } | { failed: true; why: string }> {
  const settings = GIT_CONFIG.flatMap((setting) => ['-c', setting]);
  const result = await execa('git', [...settings, 'cat-file', ...words], {
    cwd: base,
    env: gitEnvironment(),
    extendEnv: false,
    input: names.map((name) => `${name}\n`).join(''),
    encoding: 'buffer',
    stripFinalNewline: false,
    ...(maxBuffer !== undefined && { maxBuffer }),
    reject: false,
  });
  if (!result.failed) return { failed: false, stdout: result.stdout };
  const why = new TextDecoder().decode(result.stderr).trim() || (result.shortMessage ?? '');
  return { failed: true, why };
}
