import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberAt, parseObject, textAt } from '../../tools/json.ts';
import { requirePrivate } from '../../tools/lock.ts';
import { errorCode } from '../../tools/result.ts';

/**
 * What waits to be confirmed is a file in the runtime directory, one for each network namespace. Whoever renames it has
 * decided: `plumbline confirm` to keep the change, its timer to take it back. rename(2) lets only one of them.
 */
export interface Waiting {
  /** Of the timer. */
  pid: number;
  /** When it takes the change back, ISO 8601; null while the apply is still at work. */
  until: string | null;
}

export type LastOutcome = { is: 'kept' | 'taken-back' | 'not-taken-back'; at: string };

/** The change is confirmed, or it is too late, or there is none. */
export type Confirmed = { is: 'kept' } | { is: 'nothing'; last: LastOutcome | null } | { is: 'going-back' };

export class Confirmation {
  private readonly directory: string;

  constructor(runtimeDirectory: string) {
    this.directory = runtimeDirectory;
  }

  /** Returns false when another change waits. */
  begin(waiting: Waiting): boolean {
    requirePrivate(this.directory);
    if (this.waiting() !== null) return false;
    rmSync(this.path('kept'), { force: true });
    try {
      writeFileSync(this.path('waiting'), JSON.stringify(waiting), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** The apply is over, and the time runs. Never brings back a file that somebody has decided on. */
  update(waiting: Waiting): void {
    if (!existsSync(this.path('waiting'))) return;
    writeFileSync(this.path('waiting'), JSON.stringify(waiting), { flag: 'r+' });
  }

  /** What waits, or is just being taken back; null for nothing. */
  waiting(): Waiting | null {
    for (const state of ['waiting', 'back'] as const) {
      const text = this.read(state);
      if (text !== null) return parseWaiting(text);
    }
    return null;
  }

  /** Decides that the change stays. */
  keep(): Confirmed {
    if (this.move('waiting', 'kept')) return { is: 'kept' };
    if (existsSync(this.path('back'))) return { is: 'going-back' };
    return { is: 'nothing', last: this.last() };
  }

  isKept(): boolean {
    return existsSync(this.path('kept'));
  }

  /** Decides that the change goes back; false when it was kept. A file that vanished was kept by nobody. */
  claimBack(): boolean {
    return this.move('waiting', 'back') || !this.isKept();
  }

  /** All is done. */
  end(outcome: LastOutcome): void {
    writeFileSync(this.path('last'), JSON.stringify(outcome), { mode: 0o600 });
    for (const state of ['waiting', 'back', 'kept'] as const) rmSync(this.path(state), { force: true });
  }

  private last(): LastOutcome | null {
    const json = parseObject(this.read('last'));
    const is = json === null ? null : textAt(json, 'is');
    const at = json === null ? null : textAt(json, 'at');
    if (at === null || (is !== 'kept' && is !== 'taken-back' && is !== 'not-taken-back')) return null;
    return { is, at };
  }

  private move(from: 'waiting', to: 'kept' | 'back'): boolean {
    try {
      renameSync(this.path(from), this.path(to));
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  private read(state: string): string | null {
    try {
      return readFileSync(this.path(state), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  }

  private path(state: string): string {
    return join(this.directory, `confirm-${statSync('/proc/self/ns/net').ino}.${state}`);
  }
}

/** A file that is half written says at least that something waits. */
function parseWaiting(text: string): Waiting {
  const json = parseObject(text);
  if (json === null) return { pid: 0, until: null };
  return { pid: numberAt(json, 'pid') ?? 0, until: textAt(json, 'until') };
}
