/** Options for every call: no program that a repository names is ever run. */
export const GIT_CONFIG = ['core.hooksPath=/dev/null', 'core.fsmonitor=false'] as const;

/**
 * What git is told: who we are and where its programs are, and never to ask, to page or to lock. Nothing else of our
 * environment, for GIT_DIR and its kin would have it read another repository than the directory's.
 */
export function gitEnvironment(): Record<string, string> {
  const { PATH, HOME } = process.env;
  return {
    PATH: PATH ?? '/usr/bin:/bin',
    ...(HOME === undefined ? {} : { HOME }),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    // gitreplace(1) and the older info/grafts show another commit than the one that was named, or signed.
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    LC_ALL: 'C',
  };
}
