import { hash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { Loaded, LoadOptions } from '../desired/load.ts';
import { loadTexts } from '../desired/load.ts';
import { openSnapshot } from '../desired/snapshot.ts';
import { errorCode, messageOf } from '../tools/result.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import type { Snapshot } from './words.ts';

/** In the state directory. First line: `<format> <sha256 of the rest>`; the rest is JSON. */
export const GOOD_FILE = 'good.json';
const FORMAT = 'plumbline-good-1';

const stored = z.strictObject({
  revision: z.string().nullable(),
  files: z.record(z.string(), z.string()),
});

/** The last good documents could not be kept: those that were kept before stand. */
export class NotKept extends Error {
  override name = 'NotKept';
  /** `ENOSPC` for a full disk, `EACCES` and its like. */
  readonly code: string | null;
  constructor(path: string, cause: unknown) {
    const code = errorCode(cause);
    const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : messageOf(cause);
    super(
      `the last good documents cannot be written to ${path} (${why}): a restart goes back to those kept before, if git cannot be reached then; make room or correct the rights`,
      { cause },
    );
    this.code = code;
  }
}

/** Keeps the texts that this host was last brought to, for when git has nothing good or cannot be reached. */
export interface GoodStore {
  /** null when there are none, or when they are damaged, of which `warn` is told. */
  load(): Promise<Snapshot | null>;
  /** Replaces them as a whole or not at all. Throws NotKept. */
  save(snapshot: Snapshot): Promise<void>;
}

export function goodStore(stateDirectory: string, warn: (message: string) => void): GoodStore {
  const path = join(stateDirectory, GOOD_FILE);
  return {
    async load() {
      try {
        const text = readStateFile(path);
        if (text === null) return null;
        const snapshot = parse(text);
        if (snapshot === null) warn(`${path} is damaged and not used; the next good revision replaces it`);
        return snapshot;
      } catch (error) {
        warn(`cannot read the last good documents from ${path}: ${messageOf(error)}`);
        return null;
      }
    },
    async save({ revision, files }) {
      const body = JSON.stringify({ revision, files });
      try {
        writeStateFile(path, `${FORMAT} ${checksum(body)}\n${body}`);
      } catch (error) {
        throw new NotKept(path, error);
      }
    },
  };
}

/** The fleet of a kept copy. Throws ProblemsError. */
export async function loadSnapshot(snapshot: Snapshot, options: LoadOptions): Promise<Loaded> {
  return loadTexts('that was kept of the last good state', openSnapshot(snapshot), options);
}

function parse(text: string): Snapshot | null {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end < 0 || text.slice(0, end) !== `${FORMAT} ${checksum(body)}`) return null;
  const parsed = stored.safeParse(JSON.parse(body));
  return parsed.success ? parsed.data : null;
}

function checksum(text: string): string {
  return hash('sha256', text, 'base64url');
}
