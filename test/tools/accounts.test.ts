import { expect, test } from 'vitest';
import { lookupGroup, lookupUser, parseAccounts } from '../../src/tools/accounts.ts';

test('names of this machine have numbers, others have none', async () => {
  expect(await lookupUser('root')).toBe(0);
  expect(await lookupGroup('root')).toBe(0);
  expect(await lookupUser('no-such-account-here')).toBeNull();
  // getent takes a number for an id and an option for an option: neither is a name.
  expect(await lookupUser('0')).toBeNull();
  expect(await lookupGroup('--help')).toBeNull();
});

test('the first entry of a name counts, and what is no entry does not', () => {
  const text = 'a:x:5:5::/:/bin/sh\n# note\na:x:6:6\n+::::::\nb:x:minus\nc:x:7:x,y';
  expect(parseAccounts(text)).toEqual(
    new Map([
      ['a', 5],
      ['c', 7],
    ]),
  );
});
