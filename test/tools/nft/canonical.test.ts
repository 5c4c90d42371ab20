import { describe, expect, test } from 'vitest';
import { canonicalText } from '../../../src/tools/nft/canonical.ts';
import { CLAMP } from '../../../src/tools/nft/statements.ts';

const flags = { payload: { protocol: 'tcp', field: 'flags' } };
const daddr = { payload: { protocol: 'ip', field: 'daddr' } };
const matches = (left: unknown, right: unknown) => [{ match: { op: '==', left, right } }];

/** What one statement is printed as, by the version of nft or by what it was given. */
const ALIKE: Record<string, [unknown[], unknown[]]> = {
  'a mask of flags, of nft 1.0 and of 1.1': [
    matches({ '&': [flags, ['syn', 'rst']] }, 'syn'),
    matches({ '&': [flags, { '|': ['syn', 'rst'] }] }, 'syn'),
  ],
  'a set, in any order': [matches(daddr, { set: ['a', 'b'] }), matches(daddr, { set: ['b', 'a'] })],
  'a prefix of one address': [
    matches(daddr, { prefix: { addr: '10.0.0.1', len: 32 } }),
    matches(daddr, '10.0.0.1'),
  ],
};

const UNLIKE: Record<string, [unknown[], unknown[]]> = {
  'other flags': [
    matches({ '&': [flags, { '|': ['syn', 'ack'] }] }, 'syn'),
    matches({ '&': [flags, ['syn', 'rst']] }, 'syn'),
  ],
  'a prefix of two addresses': [
    matches(daddr, { prefix: { addr: '10.0.0.0', len: 31 } }),
    matches(daddr, '10.0.0.0'),
  ],
};

describe('statements as nft prints them', () => {
  test.each(Object.entries(ALIKE))('are one text: %s', (_, [one, other]) => {
    expect(canonicalText(one)).toBe(canonicalText(other));
  });

  test.each(Object.entries(UNLIKE))('are two: %s', (_, [one, other]) => {
    expect(canonicalText(one)).not.toBe(canonicalText(other));
  });

  test('what is written is what nft 1.1 prints of it', () => {
    const printed = JSON.parse(JSON.stringify(CLAMP).replace('["syn","rst"]', '{"|":["syn","rst"]}'));
    expect(canonicalText(printed)).toBe(canonicalText(CLAMP));
  });
});
