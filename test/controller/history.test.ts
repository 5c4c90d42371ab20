import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { History, historyFile, readHistory } from '../../src/controller/history.ts';
import type { RunRecord } from '../../src/controller/words.ts';
import { scratch } from '../support/desired-directory.ts';
import { describeNeeding } from '../support/requires.ts';

const AT = Date.parse('2026-03-01T10:00:00Z');

function record(n: number, guest = 'web1'): RunRecord {
  return {
    at: AT + n * 1000,
    duration: 210,
    triggers: ['links', 'timer'],
    revision: '3f2a91c0d5f1',
    digest: `${n}`,
    summary: { create: 1, update: 0, replace: 0, delete: 0, held: 0, skipped: 0 },
    status: 0,
    changes: [
      {
        id: `link:${guest}-eth0`,
        action: 'create',
        impact: 'none',
        guests: [guest],
        network: 'office',
        reason: 'missing',
        before: null,
        after: { kind: 'tap', mtu: 1500 },
        result: 'done',
        message: null,
      },
    ],
  };
}

const digests = (directory: string, limit = 100, guest: string | null = null) =>
  readHistory(directory, { limit, guest }).runs.map(({ digest }) => digest);

describe('the audit trail', () => {
  test('what was written is read, oldest first', () => {
    const directory = join(scratch(), 'state');
    const history = new History(directory);
    expect(history.append(record(1))).toBeNull();
    expect(history.append(record(2))).toBeNull();
    expect(readHistory(directory, { limit: 10 })).toEqual({
      runs: [record(1), record(2)],
      unreadable: 0,
    });
    expect(digests(directory, 1)).toEqual(['2']);
  });

  test('a line says when in ISO 8601, and only its user reads it', () => {
    const directory = scratch();
    new History(directory).append(record(0));
    const line = readFileSync(historyFile(directory, 0), 'utf8');
    expect(JSON.parse(line)).toMatchObject({ version: 1, at: '2026-03-01T10:00:00.000Z' });
    expect((statSync(historyFile(directory, 0)).mode & 0o777).toString(8)).toBe('600');
  });

  test('runs of one guest', () => {
    const directory = scratch();
    const history = new History(directory);
    for (const [i, guest] of ['web1', 'db1', 'web1'].entries()) history.append(record(i, guest));
    expect(digests(directory, 10, 'web1')).toEqual(['0', '2']);
    expect(digests(directory, 1, 'db1')).toEqual(['1']);
  });

  test('many stay whole lines, in order', () => {
    const directory = scratch();
    const history = new History(directory);
    for (let n = 0; n < 50; n++) history.append(record(n));
    expect(digests(directory)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  test('it does not grow beyond its bounds, and the newest runs stay', () => {
    const directory = scratch();
    const history = new History(directory, { files: 5, bytes: 2000 });
    for (let i = 0; i < 100; i++) history.append(record(i));
    const files = readdirSync(directory).sort();
    expect(files).toHaveLength(5);
    for (const file of files) expect(statSync(join(directory, file)).size).toBeLessThanOrEqual(2000);
    const kept = digests(directory);
    const first = Number(kept[0]);
    expect(first).toBeGreaterThan(0);
    expect(kept).toEqual(Array.from({ length: 100 - first }, (_, i) => `${first + i}`));
  });

  test('a run that is larger than a file is still kept', () => {
    const directory = scratch();
    const history = new History(directory, { files: 5, bytes: 100 });
    for (let i = 0; i < 3; i++) expect(history.append(record(i))).toBeNull();
    expect(digests(directory)).toEqual(['0', '1', '2']);
  });

  test('a torn line costs that line alone', () => {
    const directory = scratch();
    const history = new History(directory);
    history.append(record(1));
    const whole = readFileSync(historyFile(directory, 0), 'utf8');
    appendFileSync(historyFile(directory, 0), whole.slice(0, 100));
    history.append(record(2));
    expect(digests(directory)).toEqual(['1', '2']);
    expect(readHistory(directory, { limit: 9 }).unreadable).toBe(1);
  });

  test.each([
    '[]',
    '7',
    '{"at":"soon","status":0}',
    '{"at":"2026-03-01T10:00:00Z","status":0,"changes":[7]}',
    '\0\0\0',
  ])('%s is no run', (line) => {
    const directory = scratch();
    writeFileSync(historyFile(directory, 0), `${line}\n`);
    expect(readHistory(directory, { limit: 9 })).toEqual({ runs: [], unreadable: 1 });
  });

  test('nothing was written yet', () => {
    expect(readHistory(join(scratch(), 'nowhere'), { limit: 9 })).toEqual({ runs: [], unreadable: 0 });
  });

  test('what cannot be written is told and throws nothing', () => {
    const directory = scratch();
    mkdirSync(historyFile(directory, 0));
    expect(new History(directory).append(record(1))).toContain('could not be written');
  });
});

describeNeeding(['root'], 'on a full disk', () => {
  test('the run goes on, what was whole stays so, and when there is room again it goes on too', () => {
    const directory = scratch();
    const mount = (...argv: string[]) => spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8' });
    expect(mount('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory).status).toBe(0);
    onTestFinished(() => void mount('umount', '-l', directory));
    const history = new History(directory);
    expect(history.append(record(1))).toBeNull();
    writeFileSync(join(directory, 'filler'), Buffer.alloc(60 * 1024));
    let said: string | null = null;
    for (let i = 2; i < 60 && said === null; i++) said = history.append(record(i));
    expect(said).toContain('ENOSPC');
    spawnSync('rm', [join(directory, 'filler')]);
    expect(existsSync(join(directory, 'filler'))).toBe(false);
    expect(history.append(record(99))).toBeNull();
    const kept = digests(directory);
    expect(kept[0]).toBe('1');
    expect(kept.at(-1)).toBe('99');
  });
});
