import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpenedDevice } from '../../../src/run/exec/hand-over.ts';
import { placeholderValue } from '../../../src/run/exec/placeholder-value.ts';
import { fillIn, findPlaceholders } from '../../../src/run/exec/placeholders.ts';

const device = (more: Partial<OpenedDevice>): OpenedDevice => ({
  iface: 'eth0',
  mac: '52:54:00:00:00:01',
  device: 'web1-eth0',
  index: 7,
  kind: 'macvtap',
  queues: 1,
  descriptors: [],
  vhostDescriptors: [],
  ...more,
});

describe('placeholders', () => {
  test('ours are found anywhere in a word, each once', () => {
    const args = ['-netdev', '{netdev:eth0},id=n0', 'mac={mac:eth0},x={mac:eth0}', '{device:data.1}'];
    expect(findPlaceholders(args, 'web1', ['eth0', 'data.1'])).toEqual({
      placeholders: [
        { word: 'netdev', iface: 'eth0' },
        { word: 'mac', iface: 'eth0' },
        { word: 'device', iface: 'data.1' },
      ],
      problems: [],
    });
  });

  test.each([
    ['{netdve:eth0}', '{netdve:eth0}: there is no netdve; did you mean netdev?'],
    ['{ip:eth0}', '{ip:eth0}: there is no ip; there are netdev, fd, mac, device'],
    ['{mac:eth1}', '{mac:eth1}: guest web1 has no interface eth1; did you mean eth0?'],
    ['{mac:wan}', '{mac:wan}: guest web1 has no interface wan; it has eth0'],
    ['{mac:}', '{mac:}: guest web1 has no interface without a name; it has eth0'],
  ])('%s is nearly ours', (arg, problem) => {
    expect(findPlaceholders([arg], 'web1', ['eth0']).problems).toEqual([problem]);
  });

  test.each(['{"fd":"eth0"}', '{fd:"eth0"}', '{a:b}', '{}', '{eth0}', '{mac: eth0}', '{{a}}', '{mac:eth0'])(
    '%s is left alone',
    (arg) => {
      expect(findPlaceholders([arg], 'web1', ['eth0'])).toEqual({ placeholders: [], problems: [] });
    },
  );

  test('in JSON the inner one counts', () => {
    const args = ['{"type":"tap","id":"n0","fd":"{fd:eth0}"}'];
    expect(fillIn(args, () => '3')).toEqual(['{"type":"tap","id":"n0","fd":"3"}']);
  });

  test('a value is not looked into again, and special patterns of replacement mean nothing', () => {
    expect(fillIn(['{mac:a}{mac:b}'], ({ iface }) => (iface === 'a' ? '{mac:b}$&' : 'x'))).toEqual([
      '{mac:b}$&x',
    ]);
  });

  test('what has no problem and no placeholder stays as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (args) => {
        const { placeholders } = findPlaceholders(args, 'g', ['eth0']);
        fc.pre(placeholders.length === 0);
        expect(fillIn(args, ({ iface }) => (iface === 'eth0' ? 'x' : null))).toEqual(args);
      }),
    );
  });

  test('what is put together of texts and placeholders is filled in place by place', () => {
    const plain = fc.stringMatching(/^[^{}]*$/);
    const part = fc.oneof(
      plain.map((text) => ({ text, filled: text })),
      fc.constantFrom('netdev', 'fd', 'mac', 'device').chain((word) =>
        fc.constantFrom('eth0', 'b-1', 'c.2').map((iface) => ({
          text: `{${word}:${iface}}`,
          filled: `<${word} of ${iface}>`,
        })),
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.array(part)), (words) => {
        const args = words.map((parts) => parts.map(({ text }) => text).join(''));
        const { problems } = findPlaceholders(args, 'g', ['eth0', 'b-1', 'c.2']);
        expect(problems).toEqual([]);
        expect(fillIn(args, ({ word, iface }) => `<${word} of ${iface}>`)).toEqual(
          words.map((parts) => parts.map(({ filled }) => filled).join('')),
        );
      }),
    );
  });
});

describe('what stands in their place', () => {
  test.each([
    [device({ descriptors: [3] }), false, 'tap,fd=3'],
    [device({ descriptors: [3, 4], queues: 2 }), false, 'tap,fds=3:4'],
    [device({ descriptors: [3], vhostDescriptors: [4] }), true, 'tap,fd=3,vhost=on,vhostfd=4'],
    [
      device({ descriptors: [3, 4], vhostDescriptors: [5, 6], queues: 2 }),
      true,
      'tap,fds=3:4,vhost=on,vhostfds=5:6',
    ],
    [device({ kind: 'tap' }), false, 'tap,ifname=web1-eth0,script=no,downscript=no'],
    [device({ kind: 'tap', queues: 4 }), false, 'tap,ifname=web1-eth0,script=no,downscript=no,queues=4'],
    [device({ kind: 'tap' }), true, 'tap,ifname=web1-eth0,script=no,downscript=no,vhost=on'],
  ])('%j, vhost %j', (opened, vhost, expected) => {
    expect(placeholderValue('netdev', opened, vhost)).toBe(expected);
  });

  test('the other words', () => {
    const opened = device({ descriptors: [5, 6], queues: 2 });
    expect(placeholderValue('fd', opened, false)).toBe('5:6');
    expect(placeholderValue('mac', opened, false)).toBe('52:54:00:00:00:01');
    expect(placeholderValue('device', opened, false)).toBe('web1-eth0');
  });
});
