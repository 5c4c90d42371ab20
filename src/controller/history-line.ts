import type { Summary } from '../model/plan.ts';
import { isObject, listAt, numberAt, objectAt, parseObject, textAt, textsAt } from '../tools/json.ts';
import type { RunChange, RunRecord, Trigger } from './words.ts';

/** One run as one line of JSON, with its newline. `changes` is the JSON of its changes, where that was made before. */
export function recordLine(record: RunRecord, changes = JSON.stringify(record.changes)): string {
  const about = JSON.stringify({ ...recordJson(record), changes: undefined });
  return `${about.slice(0, -1)},"changes":${changes}}\n`;
}

/** As it leaves the process. */
export function recordJson(record: RunRecord): object {
  return { version: 1, ...record, at: new Date(record.at).toISOString() };
}

/**
 * What a line says; null when it was torn or is of no known shape. Only what everybody reads is looked at: a later
 * release may say more.
 */
export function parseRecord(line: string): RunRecord | null {
  const json = parseObject(line);
  if (json === null) return null;
  const at = Date.parse(textAt(json, 'at') ?? '');
  const status = numberAt(json, 'status');
  if (Number.isNaN(at) || (status !== 0 && status !== 1 && status !== 2)) return null;
  const changes = listAt(json, 'changes');
  if (!changes.every(isChange)) return null;
  const summary = objectAt(json, 'summary');
  return {
    at,
    duration: numberAt(json, 'duration') ?? 0,
    // One that a later release knows is left out.
    triggers: textsAt(json, 'triggers').filter(isTrigger),
    changes: [...changes],
    revision: textAt(json, 'revision'),
    digest: textAt(json, 'digest') ?? '',
    summary: summaryOf((key) => numberAt(summary, key) ?? 0),
    status,
  };
}

const TRIGGERS: Readonly<Record<Trigger, true>> = {
  start: true,
  desired: true,
  links: true,
  ovs: true,
  rules: true,
  routes: true,
  services: true,
  released: true,
  opened: true,
  timer: true,
  signal: true,
  request: true,
  retry: true,
  apply: true,
  teardown: true,
  unconfirmed: true,
};

function isTrigger(word: string): word is Trigger {
  return Object.hasOwn(TRIGGERS, word);
}

function isChange(value: unknown): value is RunChange {
  return (
    isObject(value) &&
    ['id', 'action', 'impact', 'reason', 'result'].every((key) => textAt(value, key) !== null) &&
    Array.isArray(value.guests)
  );
}

function summaryOf(count: (key: keyof Summary) => number): Summary {
  return {
    create: count('create'),
    update: count('update'),
    replace: count('replace'),
    delete: count('delete'),
    held: count('held'),
    skipped: count('skipped'),
  };
}
