import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob, matchLink } from '../../../src/controller/doctor/link-match.ts';
import { parseSections } from '../../../src/controller/doctor/unit-files.ts';
import { bridge, macvtap, tap, uplink } from './sample-subjects.ts';

describe('[Match]', () => {
  test.each([
    ['Name=web*', tap, 'yes'],
    ['Name=eth1 eth2', uplink, 'yes'],
    ['Name=enp3s0', uplink, 'yes'],
    ['Name=!eth* lo', tap, 'yes'],
    ['Name=!eth* lo', uplink, 'no'],
    ['Name=*\nKind=tun', tap, 'yes'],
    ['Name=*\nKind=tun', bridge, 'no'],
    ['Type=ether', uplink, 'yes'],
    ['Type=ether', bridge, 'no'],
    ['Type=bridge', bridge, 'yes'],
    ['Driver=macvlan', macvtap, 'yes'],
    ['Driver=ixgbe', uplink, 'maybe'],
    ['Driver=ixgbe', tap, 'no'],
    ['MACAddress=02-00-00-00-00-03', uplink, 'yes'],
    ['PermanentMACAddress=02:00:00:00:00:04', uplink, 'no'],
    ['Property=ID_VENDOR_ID=1af4', uplink, 'maybe'],
    ['Property=ID_VENDOR_ID=1af4\nName=eth7', uplink, 'no'],
    ['', uplink, 'no'],
  ] as const)('%s', (text, subject, expected) => {
    expect(matchLink(parseSections(`[Match]\n${text}\n`), subject)).toBe(expected);
  });
});

describe('globs', () => {
  test.each([
    ['eth[0-3]', 'eth2', true],
    ['eth[!0-3]', 'eth2', false],
    ['eth[^0-3]', 'eth2', false],
    ['en?3*', 'enp3s0', true],
    ['en?3*', 'en3', false],
    ['a.b', 'axb', false],
    ['[z-a]', 'z', false],
    ['[', '[', true],
  ])('%s on %s', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  test('a name without wildcards means itself alone, and any text is a glob', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,15}$/);
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(matchesGlob(a, b)).toBe(a === b);
        expect(matchesGlob(a, a)).toBe(true);
      }),
    );
    fc.assert(fc.property(fc.string(), name, (glob, b) => typeof matchesGlob(glob, b) === 'boolean'));
  });
});
