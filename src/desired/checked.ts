import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Problem } from '../model/problem.ts';
import { readCacheFile, writeCacheFile } from './cache-file.ts';

/**
 * Fleets that the check found nothing wrong with but warnings, by what their files say: the check reads nothing else.
 * Beside the cache of parsed documents, and as good as that: a run with nothing new does not check again.
 */
const FILE = 'checked.json';
/** Of one host: its working tree, and the revisions that it goes to and back. */
const KEPT = 8;

interface Checked {
  key: string;
  warnings: Problem[];
}

export class CheckedFleet {
  readonly #path: string | null;
  readonly #key: string;

  /** `texts` are the names of all files with the keys of their texts, in order; `directory` null keeps nothing. */
  constructor(directory: string | null, texts: readonly { file: string; key: string }[]) {
    this.#path = directory === null ? null : join(directory, FILE);
    this.#key = hash('sha256', texts.map(({ file, key }) => `${file}\0${key}\n`).join(''), 'base64url');
  }

  /** What an earlier check said of exactly these texts; null when there was none. */
  known(): Problem[] | null {
    return this.#stored().find(({ key }) => key === this.#key)?.warnings ?? null;
  }

  /** Keeps what the check said, unless there is an error among it. */
  keep(problems: readonly Problem[]): void {
    if (this.#path === null || problems.some(({ severity }) => severity === 'error')) return;
    const others = this.#stored().filter(({ key }) => key !== this.#key);
    writeCacheFile(this.#path, [{ key: this.#key, warnings: problems }, ...others].slice(0, KEPT));
  }

  #stored(): Checked[] {
    return (this.#path === null ? null : readCacheFile<Checked[]>(this.#path)) ?? [];
  }
}
