import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { loadDirectory } from '../../src/desired/load.ts';

const directories = ['desired', ...readdirSync('examples').map((name) => `examples/${name}`)].filter(
  (directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.yaml')),
);

describe('what we ship', () => {
  it.each(directories)('%s is valid', async (directory) => {
    const { fleet, problems } = await loadDirectory(directory, { cache: null });
    expect([...problems, ...check(fleet)]).toEqual([]);
    expect(fleet.hosts.size).toBeGreaterThan(0);
    expect(fleet.guests.size).toBeGreaterThan(0);
  });
});
