import { expect, test } from 'vitest';
import { cacheDirectory, runtimeDirectory, stateDirectory } from '../../src/tools/directories.ts';

test("systemd's directories come first, and the first of several", () => {
  const env = { STATE_DIRECTORY: '/s/a:/s/b', RUNTIME_DIRECTORY: '/r/a', CACHE_DIRECTORY: '/c/a:/c/b' };
  expect(stateDirectory(env)).toBe('/s/a');
  expect(runtimeDirectory(env)).toBe('/r/a');
  expect(cacheDirectory(env)).toBe('/c/a');
  expect(cacheDirectory({ STATE_DIRECTORY: '/s/a' })).toBe('/s/a/cache');
});

test('what is no absolute path is ignored', () => {
  const env = { STATE_DIRECTORY: '', XDG_STATE_HOME: 'relative', RUNTIME_DIRECTORY: './here' };
  expect(stateDirectory(env)).toMatch(/^\/.*plumbline$/);
  expect(runtimeDirectory(env)).toMatch(/^\/.*plumbline/);
});
