import {
  appendFileSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode, messageOf } from '../tools/result.ts';
import { parseRecord, recordLine } from './history-line.ts';
import { readStateFile } from './state-file.ts';
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

/** Appends runs to the audit trail. A line is written at once: to wait for a thread takes longer. */
export class History {
  readonly #directory: string;
  readonly #limits: HistoryLimits;
  /** What could not be written yet, oldest first. */
  #waiting: Buffer[] = [];

  constructor(stateDirectory: string, limits: HistoryLimits = { files: FILES, bytes: SIZE }) {
    this.#directory = stateDirectory;
    this.#limits = limits;
  }

  /**
   * Never throws: why it could not be written is told, and is no reason for a run to fail. It is kept for `retry`.
   * `changes` as for `recordLine`.
   */
  append(record: RunRecord, changes?: string): string | null {
    this.#waiting.push(Buffer.from(recordLine(record, changes)));
    return this.retry();
  }

  /** Writes what could not be written before. As `append`. */
  retry(): string | null {
    const path = historyFile(this.#directory, 0);
    try {
      for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
        this.#append(path, line);
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

  #append(path: string, line: Buffer): void {
    const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > 0 && size + line.length > this.#limits.bytes) this.#moveOn();
    const file = openToAppend(path);
    try {
      appendLine(file, fstatSync(file).size, line);
    } finally {
      closeSync(file);
    }
  }

  #moveOn(): void {
    for (let age = this.#limits.files - 2; age >= 0; age--) {
      try {
        renameSync(historyFile(this.#directory, age), historyFile(this.#directory, age + 1));
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
  }
}

/** The last `limit` runs, oldest first, and how many lines were torn or of no known shape. */
export function readHistory(
  stateDirectory: string,
  options: { limit: number; guest?: string | null },
): { runs: RunRecord[]; unreadable: number } {
  const guest = options.guest ?? null;
  const runs: RunRecord[] = [];
  let unreadable = 0;
  for (let age = 0; age < FILES && runs.length < options.limit; age++) {
    const text = readStateFile(historyFile(stateDirectory, age));
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

function openToAppend(path: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const openFile = () => openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    return openFile();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openFile();
  }
}

/** In one write, to a file of this size. After a line that a full disk or a crash tore, a new one begins. */
function appendLine(file: number, size: number, line: Buffer): void {
  const whole = endsWithNewline(file, size);
  try {
    appendFileSync(file, whole ? line : Buffer.concat([Buffer.from('\n'), line]));
  } catch (error) {
    // The part that found room is no line.
    cutBack(file, size);
    throw error;
  }
}

function cutBack(file: number, size: number): void {
  try {
    ftruncateSync(file, size);
  } catch {
    // Then the next line begins with an end of this one.
  }
}

function endsWithNewline(file: number, size: number): boolean {
  if (size === 0) return true;
  const buffer = Buffer.alloc(1);
  readSync(file, buffer, 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
