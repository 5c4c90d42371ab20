import { hash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { VERSION } from '../model/version.ts';
import { makePrivateDirectory } from '../tools/private-directory.ts';
import type { ParsedDocument } from './parsed.ts';

/**
 * Valid documents by the hash of their file's text, so that a run with nothing new loads neither parser nor schema.
 * One file, which may vanish, be damaged or be unwritable at any time: then texts are parsed again, and nothing is said.
 *
 * Its first line is `<fingerprint> <sha256 of the rest>`, the rest is JSON.
 */
const FILE = 'documents.json';

/** Raise it when what is stored changes its meaning. */
const FORMAT = 1;

/**
 * What a stored document depends on but its text. A bundle names its chunks by their content, imported chunks
 * included, so there another schema is another name even within one release.
 */
const FINGERPRINT = `plumbline-${VERSION}-${FORMAT}-${basename(import.meta.url)}`;

interface Stored {
  documents: Record<string, ParsedDocument[]>;
  /** The text's hash by git's id of the blob, so that a known blob is not even read. */
  blobs: Record<string, string>;
}

/** Names a text in the cache. */
export function textKey(text: Uint8Array): string {
  return hash('sha256', text, 'base64url');
}

export class ParseCache {
  readonly #directory: string | null;
  readonly #stored: Stored;
  /** What this load used or added: all that is kept. */
  readonly #kept: Stored = { documents: {}, blobs: {} };
  #fresh = false;

  /** `directory` null: nothing is known and nothing kept. */
  constructor(directory: string | null) {
    this.#directory = directory;
    this.#stored = directory === null ? empty() : read(join(directory, FILE));
  }

  documents(key: string): ParsedDocument[] | undefined {
    const known = this.#stored.documents[key] ?? this.#kept.documents[key];
    if (known !== undefined) this.#kept.documents[key] = known;
    return known;
  }

  keyOfBlob(blob: string): string | undefined {
    const key = this.#stored.blobs[blob];
    if (key !== undefined) this.#kept.blobs[blob] = key;
    return key;
  }

  add(key: string, documents: ParsedDocument[]): void {
    this.#kept.documents[key] = documents;
    this.#fresh = true;
  }

  addBlob(blob: string, key: string): void {
    this.#kept.blobs[blob] = key;
    this.#fresh = true;
  }

  /** Writes what was used, if that is not what stands already. Never fails. */
  save(): void {
    if (this.#directory === null || (!this.#fresh && this.#isWholeInUse())) return;
    const temporary = join(this.#directory, `.${FILE}.${process.pid}.${randomBytes(4).toString('hex')}`);
    try {
      makePrivateDirectory(this.#directory);
      const text = JSON.stringify(this.#kept);
      writeFileSync(temporary, `${FINGERPRINT} ${checksum(text)}\n${text}`, { mode: 0o600, flag: 'wx' });
      renameSync(temporary, join(this.#directory, FILE));
    } catch {
      discard(temporary);
    }
  }

  /** Blobs count only for a load from git: one from a working tree leaves those that stand. */
  #isWholeInUse(): boolean {
    return Object.keys(this.#stored.documents).length === Object.keys(this.#kept.documents).length;
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never written.
  }
}

function read(path: string): Stored {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return empty();
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || !isTrusted(status)) return empty();
    const text = readFileSync(descriptor, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== `${FINGERPRINT} ${checksum(body)}`) return empty();
    const stored: Stored = JSON.parse(body);
    return stored;
  } catch {
    return empty();
  } finally {
    closeSync(descriptor);
  }
}

/** What others could have written would pass as validated: only root's and our own, and writable by nobody else. */
function isTrusted(status: { uid: number; mode: number }): boolean {
  return (status.uid === 0 || status.uid === process.getuid?.()) && (status.mode & 0o022) === 0;
}

function checksum(text: string): string {
  return hash('sha256', text, 'base64url');
}

function empty(): Stored {
  return { documents: {}, blobs: {} };
}
