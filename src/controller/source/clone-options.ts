import { ProblemsError } from '../../model/problem.ts';

/** Throws ProblemsError for what git-check-ref-format(1) does not take as a branch. */
export function requireBranch(branch: string | null): void {
  if (branch === null) return;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are among what is refused
  const refused = /^[-/]|[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|^\.|[./]$|\.lock($|\/)|^@$|^$/;
  if (refused.test(branch))
    throw bad('bad-branch', 'this is no name of a branch', branch, 'a name such as main');
}

/** Throws ProblemsError for a desired directory that is not inside of the repository. */
export function requirePath(path: string | null): void {
  if (path === null) return;
  const parts = path.split('/');
  const outside = path.startsWith('/') || path.includes('\0') || parts.includes('..');
  if (!outside && !parts.some((part) => part.toLowerCase() === '.git')) return;
  throw bad('bad-path', 'this is no folder of a repository', path, 'a path below its top, such as desired');
}

function bad(code: string, message: string, found: string, expected: string): ProblemsError {
  return new ProblemsError([{ code, severity: 'error', message, source: null, found, expected }]);
}
