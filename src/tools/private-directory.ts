import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './result.ts';

/**
 * Makes a directory that only its user may enter, and its parents; one that stands is left as it is. Throws what
 * mkdir(2) says. Node's own `recursive` never returns below a directory that answers ENOENT to every new name, as
 * /proc does.
 */
export function makePrivateDirectory(path: string): void {
  const missing: string[] = [];
  for (let at = path; !isDirectory(at); at = dirname(at)) {
    missing.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const one of missing) {
    try {
      mkdirSync(one, { mode: 0o700 });
    } catch (error) {
      // Somebody else was quicker, or it is a file: whoever writes into it is told then.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
