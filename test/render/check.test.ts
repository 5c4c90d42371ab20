import { expect, test } from 'vitest';
import { renderCheck } from '../../src/render/check.ts';
import { makeFleet } from '../support/fleet.ts';

test('the next command plans what was checked: that directory and that commit', async () => {
  const fleet = makeFleet({});
  const next = async (directory: string, revision: string | null) =>
    (await renderCheck({ directory, revision, fleet, problems: [] }, { color: false }))
      .split('\n')
      .find((line) => line.startsWith('Next: '));
  expect(await next('desired', null)).toBe('Next: plumbline plan');
  expect(await next('net', null)).toBe('Next: plumbline plan net');
  expect(await next('net', 'c6dfa83350e37285b9fa79bb285be36a259d5f6a')).toBe(
    'Next: plumbline plan net --revision c6dfa83350e3',
  );
});
