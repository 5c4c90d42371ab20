import { join } from 'node:path';
import { isObject, numberAt, textAt } from '../tools/json.ts';
import { messageOf } from '../tools/result.ts';
import { readStateFile, writeStateFile } from './state-file.ts';
import type { Pause } from './words.ts';

/** Pauses outlive the controller and the machine's restarts: a person asked for quiet, not a process. */
const FILE = 'pauses.json';

/** What is paused. A file that cannot be read pauses nothing, and says why. */
export function loadPauses(stateDirectory: string): { pauses: Pause[]; warning: string | null } {
  const path = join(stateDirectory, FILE);
  try {
    const text = readStateFile(path);
    return { pauses: text === null ? [] : parsePauses(text), warning: null };
  } catch (error) {
    return { pauses: [], warning: `${path} cannot be read, so nothing is paused: ${messageOf(error)}` };
  }
}

/** Keeps what is paused. Returns why it could not, for then it is paused only until this controller ends. */
export function savePauses(stateDirectory: string, pauses: readonly Pause[]): string | null {
  const path = join(stateDirectory, FILE);
  try {
    const kept = pauses.map(({ guest, until, reason, since }) => ({
      guest,
      until: until === null ? null : new Date(until).toISOString(),
      reason,
      since: new Date(since).toISOString(),
    }));
    writeStateFile(path, `${JSON.stringify({ version: 1, pauses: kept }, null, 2)}\n`);
    return null;
  } catch (error) {
    return `${path} cannot be written: ${messageOf(error)}`;
  }
}

function parsePauses(text: string): Pause[] {
  const json: unknown = JSON.parse(text);
  if (!isObject(json) || numberAt(json, 'version') !== 1 || !Array.isArray(json.pauses)) {
    throw new Error('it is no list of pauses of this release');
  }
  return json.pauses.filter(isObject).map((entry) => {
    const until = textAt(entry, 'until');
    return {
      guest: textAt(entry, 'guest'),
      until: until === null ? null : moment(until),
      reason: textAt(entry, 'reason'),
      since: moment(textAt(entry, 'since') ?? ''),
    };
  });
}

function moment(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new Error(`'${text.slice(0, 40)}' is no time`);
  return time;
}
