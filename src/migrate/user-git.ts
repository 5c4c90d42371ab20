import { simpleGit } from 'simple-git';
import { GIT_CONFIG, gitEnvironment } from '../desired/git-environment.ts';

export interface UserGitOptions {
  /** Beside what `userEnvironment` gives. */
  env?: Readonly<Record<string, string>>;
  /** Ends git when it has said nothing for so long. */
  silenceMs?: number;
}

/**
 * What a person's git reads of the environment for who they are, how they sign and how they reach a remote: git(1),
 * gpg(1), ssh(1). Nothing that would have it read another repository.
 */
const PERSON = [
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'EMAIL',
  'GIT_AUTHOR_EMAIL',
  'GIT_AUTHOR_NAME',
  'GIT_COMMITTER_EMAIL',
  'GIT_COMMITTER_NAME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_SYSTEM',
  'GNUPGHOME',
  'GPG_TTY',
  'LOGNAME',
  'SSH_AUTH_SOCK',
  'TERM',
  'USER',
  'WAYLAND_DISPLAY',
  'XDG_CONFIG_HOME',
  'XDG_RUNTIME_DIR',
] as const;

/** simple-git guards against settings that run programs; what this person has set is theirs, and ours forbid them. */
const UNSAFE = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
} as const;

/**
 * git as the person who runs us has set it up: their name, their keys, their ways to a remote. It is in a session of its
 * own, so that Ctrl-C on the terminal is ours to handle and never ends a push half way. Throws with git's own words.
 */
export async function userGit(
  directory: string,
  words: string[],
  options: UserGitOptions = {},
): Promise<string> {
  const env = { ...gitEnvironment(), ...userEnvironment(), ...options.env };
  return simpleGit({
    baseDir: directory,
    binary: ['setsid', 'git'],
    config: [...GIT_CONFIG, 'gc.auto=0', 'maintenance.auto=false'],
    unsafe: UNSAFE,
    allowEnvironment: Object.keys(env),
    ...(options.silenceMs === undefined ? {} : { timeout: { block: options.silenceMs } }),
  })
    .env(env)
    .raw(words);
}

function userEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PERSON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
