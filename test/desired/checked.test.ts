import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { CheckedFleet } from '../../src/desired/checked.ts';
import type { Problem } from '../../src/model/problem.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-checked-'));
  directories.push(directory);
  return directory;
}

const TEXTS = [
  { file: 'a.yaml', key: 'k1' },
  { file: 'b.yaml', key: 'k2' },
];

function problem(severity: Problem['severity']): Problem {
  return { code: 'c', severity, message: 'm', source: { file: 'a.yaml', line: 3, column: 5 } };
}

it('what was checked is known again with its warnings, of exactly these texts', () => {
  const cache = scratch();
  expect(new CheckedFleet(cache, TEXTS).known()).toBeNull();
  new CheckedFleet(cache, TEXTS).keep([problem('warning')]);
  expect(new CheckedFleet(cache, TEXTS).known()).toEqual([problem('warning')]);
  expect(new CheckedFleet(cache, [...TEXTS].reverse()).known()).toBeNull();
  expect(new CheckedFleet(cache, [{ file: 'a.yaml', key: 'k3' }, ...TEXTS.slice(1)]).known()).toBeNull();
  expect(new CheckedFleet(cache, [{ file: 'c.yaml', key: 'k1' }, ...TEXTS.slice(1)]).known()).toBeNull();
  expect(new CheckedFleet(cache, TEXTS.slice(1)).known()).toBeNull();
});

it('a fleet with errors is checked anew, and others stay known', () => {
  const cache = scratch();
  new CheckedFleet(cache, TEXTS).keep([]);
  new CheckedFleet(cache, TEXTS.slice(1)).keep([problem('error')]);
  expect(new CheckedFleet(cache, TEXTS.slice(1)).known()).toBeNull();
  expect(new CheckedFleet(cache, TEXTS).known()).toEqual([]);
});

it('as many fleets are kept as a host goes to and back, the latest', () => {
  const cache = scratch();
  const fleet = (n: number) => new CheckedFleet(cache, [{ file: 'a.yaml', key: String(n) }]);
  for (let n = 0; n < 20; n++) fleet(n).keep([]);
  expect(fleet(19).known()).toEqual([]);
  expect(fleet(0).known()).toBeNull();
});

it('a damaged file, or one that others can write, is as good as none', () => {
  const cache = scratch();
  new CheckedFleet(cache, TEXTS).keep([]);
  const path = join(cache, 'checked.json');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('"warnings":[]', '"warnings":[ ]'));
  expect(new CheckedFleet(cache, TEXTS).known()).toBeNull();
  writeFileSync(path, text);
  expect(new CheckedFleet(cache, TEXTS).known()).toEqual([]);
  chmodSync(path, 0o666);
  expect(new CheckedFleet(cache, TEXTS).known()).toBeNull();
});
