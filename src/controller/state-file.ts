import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makePrivateDirectory } from '../tools/private-directory.ts';
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

/**
 * Replaces a file as a whole: whoever reads it, and whenever the power fails, finds the old text or the new one. On a
 * full disk the old one stays, and the error is thrown.
 */
export function writeStateFile(path: string, text: string): void {
  const directory = dirname(path);
  makePrivateDirectory(directory);
  const aside = join(directory, `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    const descriptor = openSync(aside, 'wx', 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

/** The new name is on the disk once its directory is. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
