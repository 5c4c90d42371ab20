import { simpleGit } from 'simple-git';
import { GIT_CONFIG, gitEnvironment } from '../../desired/git-environment.ts';
import { GitFamily } from './git-family.ts';

export interface GitOptions {
  /** Beside what git needs to find its programs and its user's settings. */
  env?: Readonly<Record<string, string>>;
  config?: readonly string[];
  /** Ends git when it has said nothing for so long. */
  silenceMs?: number;
  signal?: AbortSignal;
}

/**
 * simple-git guards against settings that run programs. Those that we give are constants which forbid just that, and
 * what the environment of the controller says of ssh and passwords is its operator's.
 */
const UNSAFE = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeSshCommand: true,
  allowUnsafeAskPass: true,
  allowUnsafeTemplateDir: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeProtocolOverride: true,
} as const;

/** What git prints. Throws with git's own words; an exit code without words is no failure, as of `git config --get`. */
export async function git(directory: string, words: string[], options: GitOptions = {}): Promise<string> {
  const family = new GitFamily();
  const env = { ...gitEnvironment(), ...options.env, ...family.env };
  const task = simpleGit({
    baseDir: directory,
    config: [...GIT_CONFIG, ...(options.config ?? [])],
    unsafe: UNSAFE,
    allowEnvironment: Object.keys(env),
    ...(options.silenceMs === undefined ? {} : { timeout: { block: options.silenceMs } }),
    ...(options.signal === undefined ? {} : { abort: options.signal }),
  })
    .env(env)
    .raw(words);
  return task.catch(async (error: unknown) => {
    if (options.signal !== undefined || options.silenceMs !== undefined) await family.end();
    throw error;
  });
}

/** The full id of the commit that a name means; null when there is none. A name may be anybody's text. */
export async function commitId(directory: string, name: string): Promise<string | null> {
  const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const id = (await git(directory, words).catch(() => '')).trim();
  return /^[0-9a-f]{40,64}$/.test(id) ? id : null;
}

/** Whether all of `from`'s history is in that of `to`, so that going there loses no commit. Both are full ids. */
export async function isForward(directory: string, from: string, to: string): Promise<boolean> {
  if (from === to) return true;
  const lost = await git(directory, ['rev-list', '--max-count=1', from, `^${to}`]).catch(() => from);
  return lost.trim() === '';
}
