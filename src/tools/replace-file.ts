import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makePrivateDirectory } from './private-directory.ts';

/**
 * Replaces a file of ours (0600, in a private directory) as a whole: whoever reads it finds the old text or the new one.
 * `durable` forces it to the disk, so that the same holds whenever the power fails. On a full disk the old one stays,
 * and the system's error is thrown.
 */
export function replacePrivateFile(path: string, text: string, { durable }: { durable: boolean }): void {
  const directory = dirname(path);
  makePrivateDirectory(directory);
  const aside = join(directory, `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    const descriptor = openSync(aside, 'wx', 0o600);
    try {
      writeFileSync(descriptor, text);
      if (durable) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  if (durable) syncDirectory(directory);
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
