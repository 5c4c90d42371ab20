import { hash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Texts } from '../../desired/snapshot.ts';
import { isObject, objectAt, textAt } from '../../tools/json.ts';
import { replacePrivateFile } from '../../tools/replace-file.ts';
import { readStateFile } from '../state-file.ts';

/** The documents that this host was last brought to by hand: what an `apply --confirm` goes back to. */
export interface AppliedState {
  /** The name of the host in them. */
  host: string;
  texts: Texts;
}

/** In the state directory. First line: `<format> <sha256 of the rest>`; the rest is JSON. */
const FILE = 'applied.json';
const FORMAT = 'plumbline-applied-1';

/**
 * Keeps what was applied, in place of what was before. Not forced to the disk, for after a power failure nothing of
 * what was applied stands either. Throws the system's error when there is no room for it.
 */
export function keepApplied(stateDirectory: string, state: AppliedState): void {
  appliedFile(stateDirectory, state)();
}

/** As `keepApplied`, in two parts: all that can be done before it is known whether it is to be kept, and the rest. */
export function appliedFile(stateDirectory: string, state: AppliedState): () => void {
  const body = JSON.stringify(appliedJson(state));
  const head = headOf(body);
  const path = join(stateDirectory, FILE);
  return () => {
    if (firstLine(path, head.length) === head) return;
    replacePrivateFile(path, `${head}\n${body}`, { durable: false });
  };
}

/** null when nothing was applied yet, or when the file is damaged. */
export function readApplied(stateDirectory: string): AppliedState | null {
  const text = readStateFile(join(stateDirectory, FILE));
  if (text === null) return null;
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  return end >= 0 && text.slice(0, end) === headOf(body) ? parseApplied(JSON.parse(body)) : null;
}

export function appliedJson({ host, texts: { revision, files } }: AppliedState): object {
  return { host, revision, files };
}

/** null for anything else than what `appliedJson` gives. */
export function parseApplied(json: unknown): AppliedState | null {
  if (!isObject(json)) return null;
  const host = textAt(json, 'host');
  const files: Record<string, string> = Object.create(null);
  for (const [file, text] of Object.entries(objectAt(json, 'files'))) {
    if (typeof text !== 'string') return null;
    files[file] = text;
  }
  return host === null ? null : { host, texts: { revision: textAt(json, 'revision'), files } };
}

function headOf(body: string): string {
  return `${FORMAT} ${hash('sha256', body, 'base64url')}`;
}

function firstLine(path: string, length: number): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    const buffer = Buffer.alloc(length);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * What this host was last brought to, by hand or by a controller, whichever came later; null when it is not known. A
 * controller does not keep the host's name: it is `host`.
 */
export async function lastApplied(stateDirectory: string, host: string): Promise<AppliedState | null> {
  const own = readApplied(stateDirectory);
  const { goodStore, GOOD_FILE } = await import('../good.ts');
  if (modified(join(stateDirectory, GOOD_FILE)) <= modified(join(stateDirectory, FILE))) return own;
  const texts = await goodStore(stateDirectory, () => {}).load();
  return texts === null ? own : { host, texts };
}

/** Milliseconds since the epoch; 0 for a file that is not there. */
function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
