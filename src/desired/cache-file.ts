import { hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { VERSION } from '../model/version.ts';
import { replacePrivateFile } from '../tools/replace-file.ts';

/**
 * A file of the cache, which may vanish, be damaged or be unwritable at any time: then the work is done again, and
 * nothing is said.
 *
 * Its first line is `<fingerprint> <sha256 of the rest>`, the rest is JSON.
 */

/** Raise it when what is stored changes its meaning. */
const FORMAT = 1;

/**
 * What is stored depends on the documents and on our own code. A bundle names its chunks by their content, imported
 * chunks included, so there another schema or rule is another name even within one release.
 */
const FINGERPRINT = `plumbline-${VERSION}-${FORMAT}-${basename(import.meta.url)}`;

/** What this very program wrote, null where there is no such thing. */
export function readCacheFile<T>(path: string): T | null {
  let descriptor: number;
  try {
    // Not waiting for the other end of a pipe that stands in its place.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || !isTrusted(status)) return null;
    const bytes = readFileSync(descriptor);
    const end = bytes.indexOf('\n');
    const body = bytes.subarray(end + 1);
    if (bytes.toString('utf8', 0, end) !== headOf(body)) return null;
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces a file of the cache as a whole. Never fails. */
export function writeCacheFile(path: string, value: unknown): void {
  try {
    const body = JSON.stringify(value);
    replacePrivateFile(path, `${headOf(body)}\n${body}`, { durable: false });
  } catch {
    // The next run does the work again.
  }
}

/** What others could have written would pass as validated: only root's and our own, and writable by nobody else. */
function isTrusted(status: { uid: number; mode: number }): boolean {
  return (status.uid === 0 || status.uid === process.getuid?.()) && (status.mode & 0o022) === 0;
}

function headOf(body: string | Uint8Array): string {
  return `${FINGERPRINT} ${hash('sha256', body, 'base64url')}`;
}
