import { expect, test } from 'vitest';
import { nearest } from '../../src/model/nearest.ts';

test.each([
  ['aply', 'apply'],
  ['plna', 'plan'],
  ['PLAN', 'plan'],
  ['chek', 'check'],
  ['teardwon', 'teardown'],
])('%s is meant to be %s', (text, word) => {
  expect(nearest(text, ['apply', 'plan', 'check', 'teardown'])).toBe(word);
});

test.each(['', 'x', 'remove', 'planning-board'])('%j is near nothing', (text) => {
  expect(nearest(text, ['apply', 'plan', 'check', 'teardown'])).toBeNull();
});

test('of two that are near, the nearer; of two equally near, the first', () => {
  expect(nearest('uplink', ['uplinks', 'uplink'])).toBe('uplink');
  expect(nearest('cat', ['bat', 'hat'])).toBe('bat');
});
