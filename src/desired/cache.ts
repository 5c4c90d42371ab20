import { hash } from 'node:crypto';
import { join } from 'node:path';
import { readCacheFile, writeCacheFile } from './cache-file.ts';
import type { ParsedDocument } from './parsed.ts';

/**
 * Valid documents by the hash of their file's text, so that a run with nothing new loads neither parser nor schema.
 * Damaged or lost, texts are parsed again.
 */
const FILE = 'documents.json';

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
  readonly #path: string | null;
  readonly #stored: Stored;
  /** What this load used or added: all that is kept. */
  readonly #kept: Stored = { documents: {}, blobs: {} };
  #fresh = false;

  /** `directory` null: nothing is known and nothing kept. */
  constructor(directory: string | null) {
    this.#path = directory === null ? null : join(directory, FILE);
    this.#stored = (this.#path === null ? null : readCacheFile<Stored>(this.#path)) ?? empty();
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
    if (this.#path === null || (!this.#fresh && this.#isWholeInUse())) return;
    writeCacheFile(this.#path, this.#kept);
  }

  /** Blobs count only for a load from git: one from a working tree leaves those that stand. */
  #isWholeInUse(): boolean {
    return Object.keys(this.#stored.documents).length === Object.keys(this.#kept.documents).length;
  }
}

function empty(): Stored {
  return { documents: {}, blobs: {} };
}
