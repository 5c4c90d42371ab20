import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { replacePrivateFile } from '../tools/replace-file.ts';
import { errorCode } from '../tools/result.ts';

/** A small file of the state directory; null when there is none. A symbolic link in its place is refused (ELOOP). */
export function readStateFile(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces such a file, so that it outlives a power failure. Throws the system's error, and then the old one stays. */
export function writeStateFile(path: string, text: string): void {
  replacePrivateFile(path, text, { durable: true });
}
