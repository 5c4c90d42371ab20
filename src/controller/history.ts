// Of `node:fs`, which loads its promises when they are first asked for: a plan needs none of them.
import { constants, promises as files } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, messageOf } from '../tools/result.ts';
import { parseRecord, recordLine } from './history-line.ts';
import type { RunRecord } from './words.ts';

/** The newest runs are in `history.jsonl`, older ones in `history.1.jsonl` and so on. */
const FILES = 5;
/** A file that would grow beyond is moved on. Bytes. */
const SIZE = 5 * 1024 * 1024;

export interface HistoryLimits {
  files: number;
  bytes: number;
}

/** Of lines that wait for a disk with room. Beyond that the oldest are given up. */
const WAITING_BYTES = 1024 * 1024;

/** Makes its directory, which loads what it takes to write there as well. Why it cannot be is told when a run is written. */
export async function prepareHistory(stateDirectory: string): Promise<void> {
  await makeDirectory(stateDirectory).catch(() => {});
}

/** Appends runs to the audit trail, one after another however fast they come. */
export class History {
  readonly #directory: string;
  readonly #limits: HistoryLimits;
  #last: Promise<string | null> = Promise.resolve(null);
  /** What could not be written yet, oldest first. */
  #waiting: Buffer[] = [];

  constructor(stateDirectory: string, limits: HistoryLimits = { files: FILES, bytes: SIZE }) {
    this.#directory = stateDirectory;
    this.#limits = limits;
  }

  /** Never throws: why it could not be written is told, and is no reason for a run to fail. It is kept for `retry`. */
  append(record: RunRecord): Promise<string | null> {
    this.#waiting.push(Buffer.from(recordLine(record)));
    return this.retry();
  }

  /** Writes what could not be written before. As `append`. */
  retry(): Promise<string | null> {
    this.#last = this.#last.then(() => this.#write());
    return this.#last;
  }

  /** Fulfilled when nothing is being written. */
  async written(): Promise<void> {
    await this.#last;
  }

  async #write(): Promise<string | null> {
    const path = historyFile(this.#directory, 0);
    try {
      for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
        await this.#append(path, line);
        this.#waiting.shift();
      }
      return null;
    } catch (error) {
      const runs = this.#boundWaiting();
      return `${runs} could not be written to ${path}: ${messageOf(error)}`;
    }
  }

  #boundWaiting(): string {
    let bytes = this.#waiting.reduce((sum, line) => sum + line.length, 0);
    while (bytes > WAITING_BYTES && this.#waiting.length > 1) bytes -= this.#waiting.shift()?.length ?? 0;
    return this.#waiting.length === 1 ? 'the last run' : `the last ${this.#waiting.length} runs`;
  }

  async #append(path: string, line: Buffer): Promise<void> {
    let file = await openToAppend(path);
    try {
      let { size } = await file.stat();
      if (size > 0 && size + line.length > this.#limits.bytes) {
        await file.close();
        await this.#moveOn();
        file = await openToAppend(path);
        ({ size } = await file.stat());
      }
      await appendLine(file, size, line);
    } finally {
      await file.close();
    }
  }

  async #moveOn(): Promise<void> {
    for (let age = this.#limits.files - 2; age >= 0; age--) {
      await files
        .rename(historyFile(this.#directory, age), historyFile(this.#directory, age + 1))
        .catch(ignoreMissing);
    }
  }
}

/** The last `limit` runs, oldest first, and how many lines were torn or of no known shape. */
export async function readHistory(
  stateDirectory: string,
  options: { limit: number; guest?: string | null },
): Promise<{ runs: RunRecord[]; unreadable: number }> {
  const guest = options.guest ?? null;
  const runs: RunRecord[] = [];
  let unreadable = 0;
  for (let age = 0; age < FILES && runs.length < options.limit; age++) {
    const text = await textOf(historyFile(stateDirectory, age));
    if (text === null) continue;
    for (const line of text.split('\n').reverse()) {
      if (line === '') continue;
      if (runs.length >= options.limit) break;
      const record = parseRecord(line);
      if (record === null) unreadable += 1;
      else if (guest === null || concerns(record, guest)) runs.push(record);
    }
  }
  return { runs: runs.reverse(), unreadable };
}

function concerns(record: RunRecord, guest: string): boolean {
  return record.changes.some(({ guests }) => guests.includes(guest));
}

export function historyFile(stateDirectory: string, age: number): string {
  return join(stateDirectory, age === 0 ? 'history.jsonl' : `history.${age}.jsonl`);
}

async function makeDirectory(path: string): Promise<void> {
  await files.mkdir(path, { recursive: true, mode: 0o700 });
}

async function openToAppend(path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const openFile = () => files.open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    return await openFile();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    await makeDirectory(dirname(path));
    return openFile();
  }
}

/** In one write, to a file of this size. After a line that a full disk or a crash tore, a new one begins. */
async function appendLine(file: FileHandle, size: number, line: Buffer): Promise<void> {
  const whole = await endsWithNewline(file, size);
  try {
    await file.appendFile(whole ? line : Buffer.concat([Buffer.from('\n'), line]));
  } catch (error) {
    // The part that found room is no line.
    await file.truncate(size).catch(() => {});
    throw error;
  }
}

async function endsWithNewline(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

async function textOf(path: string): Promise<string | null> {
  const file = await openIfThere(path);
  if (file === null) return null;
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}
