import { expect, test } from 'vitest';
import { keptOfRun } from '../../src/sandbox/mounts.ts';
import { SANDBOX_VARIABLE, sandboxSettings, sandboxVariable } from '../../src/sandbox/settings.ts';

test('settings go through the environment unchanged', () => {
  const settings = { datapath: 'netdev' as const, skip: { tenants: 'no Open vSwitch' }, accounts: false };
  expect(sandboxSettings({ [SANDBOX_VARIABLE]: sandboxVariable(settings) })).toEqual(settings);
});

test('outside of a sandbox there are none', () => {
  expect(sandboxSettings({})).toBeNull();
  expect(sandboxSettings({ [SANDBOX_VARIABLE]: '' })).toBeNull();
});

test.each([
  '1',
  'true',
  '{',
  '[]',
  '{"datapath":"netdev"}',
  '{"datapath":"x","skip":{},"accounts":true}',
  '{"datapath":"netdev","skip":{"a":1},"accounts":true}',
])('text that the sandbox did not write is refused: %s', (text) => {
  expect(() => sandboxSettings({ [SANDBOX_VARIABLE]: text })).toThrow(SANDBOX_VARIABLE);
});

test('of /run only what holds our programs and documents stays visible', () => {
  expect(keptOfRun(['/run/user/1000/desired', '/usr/bin', '/run/nix/bin', '/runner/x', '/run'])).toEqual([
    'nix',
    'user',
  ]);
  expect(keptOfRun(['/run/openvswitch/x', '/run/netns/y', '/run/plumbline/z'])).toEqual([]);
});
