import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

const files = ['src', 'test'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => /\.(ts|mjs)$/.test(path)),
);
const sources = files.filter((path) => path.startsWith('src/'));

/** Those of `paths` whose text has `pattern`. */
function having(paths: readonly string[], pattern: RegExp): string[] {
  return paths.filter((path) => pattern.test(readFileSync(path, 'utf8')));
}

test('no file is longer than a reader’s patience', () => {
  expect(files.filter((path) => readFileSync(path, 'utf8').split('\n').length > 400)).toEqual([]);
});

test('a file’s name says what it is', () => {
  const vague = /^(utils?|helpers?|common|misc|shared|index|types|\w*[mM]anager)\.(ts|mjs)$/;
  expect(files.filter((path) => vague.test(basename(path)))).toEqual([]);
});

test('no shell is started, and no text is made a command', () => {
  expect(having(sources, /shell:\s*true|\bexecSync\(|\bexec\(`|['"](\/bin\/)?(ba)?sh['"],\s*\[/)).toEqual([]);
});

test('only named exports, and no file that merely passes on others', () => {
  expect(having(sources, /^export default /m)).toEqual([]);
  expect(having(sources, /^export \* from /m)).toEqual([]);
});

test('no path of somebody’s machine is in the project', () => {
  expect(having(files, /['"`](\/work|\/home|\/root|\/Users)\//)).toEqual([]);
});
